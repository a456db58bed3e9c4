/** Licences under which GPL-only helpers may be called (include/linux/license.h, license_is_gpl_compatible). */
const COMPATIBLE = /^(GPL|GPL v2|GPL and additional rights|Dual (BSD|MIT|MPL)\/GPL)$/;

/** @example isGplCompatible("Dual MIT/GPL") // true */
export const isGplCompatible = (licence: string): boolean => COMPATIBLE.test(licence);
