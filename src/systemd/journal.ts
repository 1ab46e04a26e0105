/**
 * Whether a standard stream of ours is the journal: systemd.exec(5), `$JOURNAL_STREAM` (`device:inode`).
 */

/** True if the socket that `/proc/self/fd/1` names is the one that systemd connected to the journal. */
export function stdoutIsJournal(journalStream: string | undefined, stdoutLink: string | undefined): boolean {
  // All sockets are of one file system, so that the inode alone identifies the stream.
  const inode = journalStream?.split(":")[1];
  return inode !== undefined && stdoutLink === `socket:[${inode}]`;
}
