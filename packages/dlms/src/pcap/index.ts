export { type CapturedFrame, captureLimits, readCapture } from './read.ts'
export { type CaptureFrame, type CaptureOptions, dlmsPort, writeCapture } from './write.ts'
