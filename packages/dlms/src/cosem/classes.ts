// The interface classes that a meter of the neighbourhood has (Blue Book 4.3–4.7), and their look-up.

import { type ClassDeclaration, declareClass } from './declare.ts'

const measuring: readonly ClassDeclaration[] = [
  declareClass(1, 0, 'Data', [['value', 'any']]),
  declareClass(
    3,
    0,
    'Register',
    [
      ['value', 'any'],
      ['scaler_unit', 'structure'],
    ],
    ['reset'],
  ),
  declareClass(
    4,
    0,
    'Extended register',
    [
      ['value', 'any'],
      ['scaler_unit', 'structure'],
      ['status', 'any'],
      ['capture_time', 'octet-string'],
    ],
    ['reset'],
  ),
  declareClass(
    5,
    0,
    'Demand register',
    [
      ['current_average_value', 'any'],
      ['last_average_value', 'any'],
      ['scaler_unit', 'structure'],
      ['status', 'any'],
      ['capture_time', 'octet-string'],
      ['start_time_current', 'octet-string'],
      ['period', 'double-long-unsigned'],
      ['number_of_periods', 'long-unsigned'],
    ],
    ['reset', 'next_period'],
  ),
  declareClass(
    7,
    1,
    'Profile generic',
    [
      ['buffer', 'array'],
      ['capture_objects', 'array'],
      ['capture_period', 'double-long-unsigned'],
      ['sort_method', 'enum'],
      ['sort_object', 'structure'],
      ['entries_in_use', 'double-long-unsigned'],
      ['profile_entries', 'double-long-unsigned'],
    ],
    ['reset', 'capture'],
  ),
  declareClass(
    8,
    0,
    'Clock',
    [
      ['time', 'octet-string'],
      ['time_zone', 'long'],
      ['status', 'unsigned'],
      ['daylight_savings_begin', 'octet-string'],
      ['daylight_savings_end', 'octet-string'],
      ['daylight_savings_deviation', 'integer'],
      ['daylight_savings_enabled', 'boolean'],
      ['clock_base', 'enum'],
    ],
    [
      'adjust_to_quarter',
      'adjust_to_measuring_period',
      'adjust_to_minute',
      'adjust_to_preset_time',
      'preset_adjusting_time',
      'shift_time',
    ],
  ),
]

const controlling: readonly ClassDeclaration[] = [
  declareClass(9, 0, 'Script table', [['scripts', 'array']], ['execute']),
  declareClass(10, 0, 'Schedule', [['entries', 'array']], ['enable/disable', 'insert', 'delete']),
  declareClass(11, 0, 'Special days table', [['entries', 'array']], ['insert', 'delete']),
  declareClass(
    20,
    0,
    'Activity calendar',
    [
      ['calendar_name_active', 'octet-string'],
      ['season_profile_active', 'array'],
      ['week_profile_table_active', 'array'],
      ['day_profile_table_active', 'array'],
      ['calendar_name_passive', 'octet-string'],
      ['season_profile_passive', 'array'],
      ['week_profile_table_passive', 'array'],
      ['day_profile_table_passive', 'array'],
      ['activate_passive_calendar_time', 'octet-string'],
    ],
    ['activate_passive_calendar'],
  ),
  declareClass(22, 0, 'Single action schedule', [
    ['executed_script', 'structure'],
    ['type', 'enum'],
    ['execution_time', 'array'],
  ]),
  declareClass(
    70,
    0,
    'Disconnect control',
    [
      ['output_state', 'boolean'],
      ['control_state', 'enum'],
      ['control_mode', 'enum'],
    ],
    ['remote_disconnect', 'remote_reconnect'],
  ),
  declareClass(71, 0, 'Limiter', [
    ['monitored_value', 'structure'],
    ['threshold_active', 'any'],
    ['threshold_normal', 'any'],
    ['threshold_emergency', 'any'],
    ['min_over_threshold_duration', 'double-long-unsigned'],
    ['min_under_threshold_duration', 'double-long-unsigned'],
    ['emergency_profile', 'structure'],
    ['emergency_profile_group_id_list', 'array'],
    ['emergency_profile_active', 'boolean'],
    ['actions', 'structure'],
  ]),
]

const communicating: readonly ClassDeclaration[] = [
  declareClass(
    15,
    1,
    'Association LN',
    [
      ['object_list', 'array'],
      ['associated_partners_id', 'structure'],
      ['application_context_name', 'any'],
      ['xDLMS_context_info', 'structure'],
      ['authentication_mechanism_name', 'any'],
      ['secret', 'octet-string'],
      ['association_status', 'enum'],
      ['security_setup_reference', 'octet-string'],
    ],
    ['reply_to_HLS_authentication', 'change_HLS_secret', 'add_object', 'remove_object'],
  ),
  declareClass(17, 0, 'SAP assignment', [['SAP_assignment_list', 'array']], ['connect_logical_device']),
  declareClass(
    40,
    0,
    'Push setup',
    [
      ['push_object_list', 'array'],
      ['send_destination_and_method', 'structure'],
      ['communication_window', 'array'],
      ['randomisation_start_interval', 'long-unsigned'],
      ['number_of_retries', 'unsigned'],
      ['repetition_delay', 'long-unsigned'],
    ],
    ['push'],
  ),
  declareClass(41, 0, 'TCP-UDP setup', [
    ['TCP-UDP_port', 'long-unsigned'],
    ['IP_reference', 'octet-string'],
    ['MSS', 'long-unsigned'],
    ['nb_of_sim_conn', 'unsigned'],
    ['inactivity_time_out', 'long-unsigned'],
  ]),
  declareClass(
    64,
    0,
    'Security setup',
    [
      ['security_policy', 'enum'],
      ['security_suite', 'enum'],
      ['client_system_title', 'octet-string'],
      ['server_system_title', 'octet-string'],
    ],
    ['security_activate', 'global_key_transfer'],
  ),
]

/** Every declared class by its id. */
export const cosemClasses: ReadonlyMap<number, ClassDeclaration> = new Map(
  [...measuring, ...controlling, ...communicating].map((declaration) => [declaration.id, declaration]),
)

/** 'Clock.time', or '8/2' for what is not declared. */
export function attributeName(classId: number, attribute: number): string {
  const declaration = cosemClasses.get(classId)
  const found = declaration?.attributes.find(({ index }) => index === attribute)
  return declaration && found ? `${declaration.name}.${found.name}` : `${classId}/${attribute}`
}
