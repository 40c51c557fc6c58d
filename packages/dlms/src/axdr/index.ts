export * from './data.ts'
export * from './dateTime.ts'
export * from './profile.ts'
