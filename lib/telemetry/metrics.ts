/** Every metric, with what it measures. One name, one unit; the job and destination it speaks of are its properties. */
export const metrics = {
  'farshare.files': 'Files that a run which has ended looked at.',
  'farshare.copied': 'Files that a run which has ended copied, whole or in part.',
  'farshare.bytes': 'Bytes that a run which has ended had the service copy.',
  'farshare.requests': 'Requests of a run which has ended, each attempt counted.',
  'farshare.throttled': 'Answers 503 and 429 of a storage account, summed over what a process sent.',
  'farshare.point.age': 'Seconds since the source snapshot of the newest complete restore point; each minute.',
  'farshare.shards.pending': 'Shards of runs that have not ended, up to 1,000 a run; each minute.',
} as const;
