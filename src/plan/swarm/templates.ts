/** Texts that Swarm expands as templates of Go: hostname, values of the environment, sources and targets of mounts. */

/** The text such that it comes out as it is: for a container `{{` is nothing special. */
export function literal(text: string): string {
  return text.replaceAll("{{", '{{"{{"}}');
}

/** The values of a map that are such texts. */
export function literalValues(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, literal(value)]));
}
