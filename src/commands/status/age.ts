/** How long ago, for people: e.g. `5d`, `3h12m`, `45s`. */
export function age(since: string | null, nowMs: number): string {
  if (since === null) return "-";
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(since)) / 1000));
  const [minutes = 0, hours = 0, days = 0] = [60, 3600, 86_400].map((unit) => Math.floor(seconds / unit));
  if (days > 0) return days >= 10 ? `${days}d` : `${days}d${hours % 24}h`;
  if (hours > 0) return `${hours}h${minutes % 60}m`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}
