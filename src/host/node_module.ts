/** The modules of Node.js that are loaded when they are needed, and at once. */
import type * as NodeFs from "node:fs";
import type * as NodeVm from "node:vm";

interface NodeModules {
  "node:fs": typeof NodeFs;
  "node:vm": typeof NodeVm;
}

/** To import one would cost every start some 17 ms, which only few services have a use for. */
export function nodeModule<Id extends keyof NodeModules>(id: Id): NodeModules[Id] {
  // deno-lint-ignore no-process-global -- to import node:process takes as long
  const { getBuiltinModule } = process as unknown as { getBuiltinModule(id: Id): NodeModules[Id] };
  return getBuiltinModule(id);
}
