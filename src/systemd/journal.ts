/**
 * Whether standard output goes to the journal. `journalStream`: `$JOURNAL_STREAM`, the `device:inode` of the socket that
 * systemd has connected to the journal, systemd.exec(5). `stdoutLink`: where the link `/proc/self/fd/1` points to.
 */
export function stdoutIsJournal(journalStream: string | undefined, stdoutLink: string | undefined): boolean {
  // All sockets are on one device, so that the inode alone tells them apart.
  const inode = journalStream?.split(":")[1];
  return inode !== undefined && stdoutLink === `socket:[${inode}]`;
}
