/** The goods of every local shop: few, but each is there to show something. */

export interface LocalVariant {
  readonly id: string;
  readonly title: string;
  readonly sku: string;
  /** In minor units of the shop's currency: 4900 is 49.00 EUR, or 4900 JPY. */
  readonly price: number;
}

export interface LocalProduct {
  readonly id: string;
  readonly handle: string;
  readonly title: string;
  readonly vendor: string;
  readonly type: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly isGiftCard: boolean;
  readonly variants: readonly LocalVariant[];
  /** Ids of the collections it is in: one for each type of product. */
  readonly collections: readonly string[];
  /** Whether it can be had by subscription. */
  readonly hasPlans?: boolean;
}

interface Sample extends Omit<LocalProduct, "id" | "variants" | "collections"> {
  readonly variants: readonly (readonly [title: string, sku: string, price: number])[];
}

const samples: readonly Sample[] = [
  {
    handle: "linen-shirt",
    title: "Linen shirt",
    vendor: "Northlight",
    type: "Clothing",
    description: "Washed linen from Normandy, cut straight, with buttons of corozo. Softer every summer.",
    tags: ["linen", "summer"],
    isGiftCard: false,
    variants: [
      ["Small", "LINEN-S", 8900],
      ["Medium", "LINEN-M", 8900],
      ["Large", "LINEN-L", 9400],
    ],
  },
  {
    handle: "stoneware-mug",
    title: "Stoneware mug",
    vendor: "Kiln & Co",
    type: "Home",
    description: "Thrown by hand and glazed in two colours. Holds three decilitres and survives the dishwasher.",
    tags: ["kitchen"],
    isGiftCard: false,
    variants: [
      ["Sand", "MUG-SAND", 2450],
      ["Moss", "MUG-MOSS", 2450],
    ],
  },
  {
    handle: "wool-throw",
    title: "Wool throw",
    vendor: "Northlight",
    type: "Home",
    description: "A heavy throw of lambswool, woven in a mill that has done little else since 1889.",
    tags: ["wool", "winter"],
    isGiftCard: false,
    variants: [["Default Title", "THROW", 14_999]],
  },
  {
    handle: "coffee-beans",
    title: "Coffee beans, 250 g",
    vendor: "Morning Roast",
    type: "Coffee",
    description: "A washed Ethiopian with the taste of bergamot and apricot, roasted every Tuesday.",
    tags: ["coffee", "pantry"],
    isGiftCard: false,
    variants: [
      ["Whole beans", "COFFEE-WHOLE", 1195],
      ["Ground", "COFFEE-GROUND", 1195],
    ],
  },
  {
    handle: "gift-card",
    title: "Gift card",
    vendor: "Northlight",
    type: "Gift card",
    description: "For those who know best themselves. Sent by e-mail.",
    tags: [],
    isGiftCard: true,
    variants: [["50", "GIFT-50", 5000]],
  },
];

/** Fresh products with ids of their own. */
export function sampleProducts(newId: () => string): LocalProduct[] {
  const collections = new Map(samples.map(({ type }) => [type, newId()]));
  return samples.map(({ variants, ...sample }) => ({
    ...sample,
    id: newId(),
    collections: [collections.get(sample.type) ?? ""],
    variants: variants.map(([title, sku, price]) => ({ id: newId(), title, sku, price })),
  }));
}
