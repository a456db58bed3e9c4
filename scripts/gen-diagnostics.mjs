#!/usr/bin/env node
/** Writes docs/diagnostics.md from the catalogue (of dist/, so build first). A test says when it is out of date. */
import { writeFileSync } from "node:fs";
import { diagnosticsDocument } from "../dist/compiler/diagnostics/document.js";

writeFileSync(new URL("../docs/diagnostics.md", import.meta.url), diagnosticsDocument());
