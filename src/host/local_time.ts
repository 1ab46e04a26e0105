/** Moments as people of this machine read them. */

/** e.g. `2026-11-26` */
export function localDate(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** e.g. `14:02` */
export function localMinute(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function isToday(date: Date, now = new Date()): boolean {
  return localDate(date) === localDate(now);
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}

/** e.g. `14:02`, in the host's time zone; if that was not today, `2026-11-26 14:02`. */
export function clockTime(date: Date, now?: Date): string {
  return isToday(date, now) ? localMinute(date) : `${localDate(date)} ${localMinute(date)}`;
}
