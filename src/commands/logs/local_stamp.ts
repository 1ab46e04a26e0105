/** A record's time as people of this machine read it. */
import { localDate, localMinute } from "../../host/local_time.ts";

export interface LocalStamp {
  /** e.g. `2026-11-26` */
  readonly date: string;
  /** e.g. `Thu` */
  readonly weekday: string;
  /** e.g. `14:02:11.123` */
  readonly time: string;
}

const MINUTE_LENGTH = "2026-11-26T14:02".length;
/** `:11.123` */
const SECONDS_LENGTH = 7;

/** Makes stamps; what is the same for all of a minute is kept, since most records follow within it. */
export class LocalStamps {
  #minute = "";
  #date = "";
  #weekday = "";
  #time = "";

  /** `timestamp`: RFC 3339 in UTC; another text is its own time. */
  of(timestamp: string): LocalStamp {
    const minute = timestamp.slice(0, MINUTE_LENGTH);
    if (minute !== this.#minute) {
      const local = new Date(`${minute}:00Z`);
      if (Number.isNaN(local.getTime())) return { date: this.#date, weekday: this.#weekday, time: timestamp };
      this.#minute = minute;
      this.#date = localDate(local);
      this.#weekday = WEEKDAYS[local.getDay()]!;
      this.#time = localMinute(local);
    }
    const seconds = timestamp.slice(MINUTE_LENGTH, MINUTE_LENGTH + SECONDS_LENGTH);
    return { date: this.#date, weekday: this.#weekday, time: this.#time + seconds };
  }
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
