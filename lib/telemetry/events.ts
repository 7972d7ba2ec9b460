/** Every business event, with when it is sent. Alert rules query these names. */
export const events = {
  'backup.run.started': 'A run has its lock and its snapshot and begins to scan.',
  'backup.run.completed': 'A run succeeded.',
  'backup.run.partial': 'A run sealed a restore point that lacks some failed entries, as few as its guard allows.',
  'backup.run.failed': 'A run failed; its report says why.',
  'backup.run.cancelled': 'A run ended because somebody cancelled it.',
  'backup.run.awaitingapproval': 'A run ended because its guard, or a strange destination, needs a person’s word.',
  'backup.entry.failed':
    'A file or directory could not be backed up; for the first hundred of a run. The only event with a name of a file.',
  'backup.run.missed': 'A scheduled start was left out, because a run of the destination was waiting already.',
  'backup.run.listedagain': 'A run goes over everything once more before it seals.',
  'backup.compare.fellback': 'Files were compared by their listing, because one side stores no Content-MD5.',
  'backup.guard.tripped': 'A guard stopped a run before its first deletion.',
  'backup.check.mismatch': 'A restore point did not equal its source snapshot and was deleted.',
  'backup.shard.failed': 'A shard met an error that its run cannot get over.',
  'backup.shard.poisoned': 'A message failed so often that the queue gave it up.',
  'backup.shard.redriven': 'A shard whose worker died is given to another.',
  'backup.pin.notheld': 'Another lease is on a pinned restore point, which is therefore kept by its date alone.',
  'backup.lock.notkept': 'The watchdog could not renew the lock of a run.',
  'backup.copy.repeated': 'A pending copy did not end well and is made again by ranges.',
  'backup.copy.turned': 'Copy File was refused or stayed pending too long: the run copies by ranges.',
  'backup.delta.untrue':
    'The service left a changed block out of a difference; all blocks of that file were then checked.',
  'backup.catalog.unusable': 'The catalog share could not be read or written; more is copied than would be needed.',
  'backup.changetime.notkept': 'The destination does not keep ChangeTime as sent; it is left out of comparisons.',
  'backup.preflight.finding': 'The check before runs found an error or a warning; it says which command mends it.',
  'backup.preflight.completed': 'The check before runs is done, at the app’s start or once a day.',
  'backup.prune.refused': 'A snapshot that retention gave up could not be deleted.',
  'backup.retention.pruned': 'Snapshots were deleted by retention.',
  'backup.snapshots.givenup':
    'A destination fell so far behind that source snapshots it waits for were given up: it catches up in fewer steps.',
  'backup.snapshots.many': 'A share comes near the 200 snapshots that the service allows.',
} as const;
