// G3-PLC Hybrid: the radio beside the power line (Blue Book 4.13.7 and 4.13.8), classes 161 and 162. From one
// transcription of the tables of edition 16 alone; the rows of tables are left open.

import { cosemClass, dyn, named, namedMethod } from '../declare.ts'
import { any, array, bits, bool, enumeration, u8, u16, u32 } from '../schema/index.ts'

/** Class 161: the MAC sublayer of IEEE 802.15.4:2015. */
export const g3HybridMacSetup = cosemClass({
  id: 161,
  version: 1,
  name: 'G3-PLC Hybrid RF MAC setup',
  attributes: {
    macMaxBeRf: named('mac_max_BE_RF', u8),
    macMaxCsmaBackoffsRf: named('mac_max_CSMA_backoffs_RF', u8),
    macMaxFrameRetriesRf: named('mac_max_frame_retries_RF', u8),
    macMinBeRf: named('mac_min_BE_RF', u8),
    macFrameCounterRf: dyn(u32, 'mac_frame_counter_RF'),
    macDuplicateDetectionTtlRf: named('mac_duplicate_detection_TTL_RF', u8),
    macPosTableRf: dyn(array(any), 'mac_POS_table_RF'),
    macOperatingModeRf: named('mac_operating_mode_RF', u8),
    macChannelNumberRf: named('mac_channel_number_RF', u16),
    macDutyCycleUsageRf: dyn(u8, 'mac_duty_cycle_usage_RF'),
    macDutyCyclePeriodRf: named('mac_duty_cycle_period_RF', u16),
    macDutyCycleLimitRf: named('mac_duty_cycle_limit_RF', u16),
    macDutyCycleThresholdRf: named('mac_duty_cycle_threshold_RF', u8),
    macDisablePhyRf: named('mac_disable_PHY_RF', bool),
    macFrequencyBandRf: named('mac_frequency_band_RF', enumeration),
    macTransmitAttenRf: named('mac_transmit_atten_RF', u8),
    macAdaptivePowerStepRf: named('mac_adaptive_power_step_RF', u8),
    macAdaptivePowerHighBoundRf: named('mac_adaptive_power_high_bound_RF', u8),
    macAdaptivePowerLowBoundRf: named('mac_adaptive_power_low_bound_RF', u8),
    macPosRecentEntriesRf: dyn(u16, 'mac_POS_recent_entries_RF'),
    macHoppingEnabledRf: named('mac_hopping_enabled_RF', bool),
    macBroadcastIntervalDurationRf: named('mac_broadcast_interval_duration_RF', u16),
    macBroadcastSlotDurationRf: named('mac_broadcast_slot_duration_RF', u8),
    macUnicastSlotDurationRf: named('mac_unicast_slot_duration_RF', u8),
    macExtendedBitmapRf: named('mac_extended_bitmap_RF', bits),
    macBeaconRandomizationWindowLengthRf: named('mac_beacon_randomization_window_length_RF', u16),
    macAdditionalChannelScanTimeRf: named('mac_additional_channel_scan_time_RF', u8),
    macMaxCcaAttemptsRetriesRf: named('mac_max_cca_attempts_retries_RF', u8),
    macMinInterTxIntervalRf: named('mac_min_inter_Tx_interval_RF', u16),
    macInitialRetryTimeRf: named('mac_initial_retry_time_RF', u16),
    macMaximumRetryTimeRf: named('mac_maximum_retry_time_RF', u16),
    macMaxClockDriftRf: named('mac_max_clock_drift_RF', u8),
    macFhUnicastScheduleAddressRf: named('mac_FH_unicast_schedule_address_RF', u16),
    macFhUnicastSlotNumberRf: named('mac_FH_unicast_slot_number_RF', u16),
    macFhUnicastOffsetRf: named('mac_FH_unicast_offset_RF', u8),
    macMinGuardTimeRf: named('mac_min_guard_time_RF', u8),
    macMaxBcastResyncWaitUnitRf: named('mac_max_bcast_resync_wait_unit_RF', u8),
  },
  // By the short address of the neighbour.
  methods: { macGetPosTableEntryRf: namedMethod('mac_get_POS_table_entry_RF', u16) },
  methodsAt: 0x130,
})

/** Class 162. */
export const g3HybridAdaptationLayerSetup = cosemClass({
  id: 162,
  version: 1,
  name: 'G3-PLC Hybrid 6LoWPAN adaptation layer setup',
  attributes: {
    adpRoutingTable: dyn(array(any)),
    adpBlacklistTable: dyn(array(any)),
    adpLowLqiValueRf: named('adp_low_LQI_value_RF', u8),
    adpHighLqiValueRf: named('adp_high_LQI_value_RF', u8),
    adpRoutingConfigurationRf: named('adp_routing_configuration_RF', array(any)),
    adpUseBackupMedia: bool,
    adpWeakLqiValueRf: named('adp_weak_LQI_value_RF', u8),
    adpTrickleLqiThresholdLowRf: named('adp_trickle_LQI_threshold_low_RF', u8),
    adpDelayLowLqiRf: named('adp_delay_low_LQI_RF', u16),
    adpDelayHighLqiRf: named('adp_delay_high_LQI_RF', u16),
    adpRreqJitterLowLqiRf: named('adp_RREQ_jitter_low_LQI_RF', u8),
    adpRreqJitterHighLqiRf: named('adp_RREQ_jitter_high_LQI_RF', u8),
    adpClusterTrickleIRf: named('adp_cluster_trickle_I_RF', u16),
    adpClusterTrickleKRf: named('adp_cluster_trickle_K_RF', u8),
    adpClusterMinLqiRf: named('adp_cluster_min_LQI_RF', u8),
    adpLastGasp: bool,
    adpProbingInterval: u8,
    adpTrickleLqiThresholdHighRf: named('adp_trickle_LQI_threshold_high_RF', u8),
  },
})
