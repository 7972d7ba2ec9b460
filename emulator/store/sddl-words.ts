// The abbreviations of SDDL, as [MS-DTYP] 2.5.1 has them.

/** Well-known accounts. Those of a domain are given one of zeros: an emulator has no domain. */
export const SIDS: ReadonlyMap<string, string> = new Map([
  ['AN', 'S-1-5-7'],
  ['AO', 'S-1-5-32-548'],
  ['AU', 'S-1-5-11'],
  ['BA', 'S-1-5-32-544'],
  ['BG', 'S-1-5-32-546'],
  ['BO', 'S-1-5-32-551'],
  ['BU', 'S-1-5-32-545'],
  ['CG', 'S-1-3-1'],
  ['CO', 'S-1-3-0'],
  ['DA', 'S-1-5-21-0-0-0-512'],
  ['DG', 'S-1-5-21-0-0-0-514'],
  ['DU', 'S-1-5-21-0-0-0-513'],
  ['ED', 'S-1-5-9'],
  ['HI', 'S-1-16-12288'],
  ['IU', 'S-1-5-4'],
  ['LA', 'S-1-5-21-0-0-0-500'],
  ['LG', 'S-1-5-21-0-0-0-501'],
  ['LS', 'S-1-5-19'],
  ['LU', 'S-1-5-32-559'],
  ['LW', 'S-1-16-4096'],
  ['ME', 'S-1-16-8192'],
  ['MU', 'S-1-5-32-558'],
  ['NO', 'S-1-5-32-556'],
  ['NS', 'S-1-5-20'],
  ['NU', 'S-1-5-2'],
  ['OW', 'S-1-3-4'],
  ['PO', 'S-1-5-32-550'],
  ['PS', 'S-1-5-10'],
  ['PU', 'S-1-5-32-547'],
  ['RC', 'S-1-5-12'],
  ['RD', 'S-1-5-32-555'],
  ['RE', 'S-1-5-32-552'],
  ['RU', 'S-1-5-32-554'],
  ['SI', 'S-1-16-16384'],
  ['SO', 'S-1-5-32-549'],
  ['SU', 'S-1-5-6'],
  ['SY', 'S-1-5-18'],
  ['WD', 'S-1-1-0'],
]);

/** Access rights; a mask is the sum of some. */
export const RIGHTS: ReadonlyMap<string, number> = new Map([
  ['GA', 0x1000_0000],
  ['GX', 0x2000_0000],
  ['GW', 0x4000_0000],
  ['GR', 0x8000_0000],
  ['FA', 0x1f_01ff],
  ['FR', 0x12_0089],
  ['FW', 0x12_0116],
  ['FX', 0x12_00a0],
  ['RC', 0x2_0000],
  ['SD', 0x1_0000],
  ['WD', 0x4_0000],
  ['WO', 0x8_0000],
  ['CC', 0x1],
  ['DC', 0x2],
  ['LC', 0x4],
  ['SW', 0x8],
  ['RP', 0x10],
  ['WP', 0x20],
  ['DT', 0x40],
  ['LO', 0x80],
  ['CR', 0x100],
  ['NW', 0x1],
  ['NR', 0x2],
  ['NX', 0x4],
]);

export const ACE_TYPES: ReadonlyMap<string, number> = new Map([
  ['A', 0],
  ['D', 1],
  ['AU', 2],
  ['AL', 3],
  ['ML', 0x11],
]);

export const ACE_FLAGS: ReadonlyMap<string, number> = new Map([
  ['OI', 0x1],
  ['CI', 0x2],
  ['NP', 0x4],
  ['IO', 0x8],
  ['ID', 0x10],
  ['SA', 0x40],
  ['FA', 0x80],
]);

/** Control bits of a descriptor, by ACL and by SDDL flag. */
export const ACL_FLAGS = {
  D: {
    present: 0x4,
    flags: new Map([
      ['P', 0x1000],
      ['AR', 0x100],
      ['AI', 0x400],
    ]),
  },
  S: {
    present: 0x10,
    flags: new Map([
      ['P', 0x2000],
      ['AR', 0x200],
      ['AI', 0x800],
    ]),
  },
} as const;

/** The word for a number, where there is one. */
export function wordFor(words: ReadonlyMap<string, number>, value: number): string | undefined {
  for (const [word, each] of words) {
    if (each === value) {
      return word;
    }
  }
  return undefined;
}
