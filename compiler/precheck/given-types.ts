/**
 * Program types that the user gives by hand, for sections that no table knows ("2/17" of a loader with numbers of its own). Input: texts
 * "tc" (for every unknown section) and "section=type" (for that section). A type is a section name ("cgroup/connect4") or a name of the
 * kernel's enum ("sched_cls"). Output: the meaning of a section.
 */
import { SECTIONS, type SectionMeaning, sectionMeaning } from "../../runtime/elf/index.js";

/** A text that names no type, in one line. */
export class GivenTypeError extends Error {
  override readonly name = "GivenTypeError";
}

function meaningOf(type: string): SectionMeaning {
  const byName = SECTIONS.find((row) => row.type === type);
  // A whole section name or a known stem, not one that merely begins like one.
  const meaning = sectionMeaning(type);
  const exact = meaning !== undefined && (meaning.match === type || meaning.match.endsWith("+"));
  const found = exact ? meaning : byName;
  if (found === undefined)
    throw new GivenTypeError(
      `"${type}" is no program type; a section name ("tc", "cgroup/connect4") or one of the kernel's ("sched_cls") is`,
    );
  return found;
}

export type GivenTypes = (section: string) => SectionMeaning | undefined;

/**
 * @throws GivenTypeError for a type that does not exist, or two for the same sections
 * @example givenTypes(["tc", "2/17=xdp"])("2/17")?.type // "xdp"
 */
export function givenTypes(texts: readonly string[]): GivenTypes {
  const bySection = new Map<string, SectionMeaning>();
  let other: SectionMeaning | undefined;
  for (const text of texts) {
    const at = text.lastIndexOf("=");
    const meaning = meaningOf(text.slice(at + 1));
    const section = at < 0 ? undefined : text.slice(0, at);
    const known = section === undefined ? other : bySection.get(section);
    if (known !== undefined && known.match !== meaning.match)
      throw new GivenTypeError(
        `${section === undefined ? "unknown sections" : `section "${section}"`} cannot be both ${known.match} and ${meaning.match}`,
      );
    if (section === undefined) other = meaning;
    else bySection.set(section, meaning);
  }
  return (section) => bySection.get(section) ?? (sectionMeaning(section) === undefined ? other : undefined);
}
