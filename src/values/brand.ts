declare const brand: unique symbol;

/** A `Base` that cannot be mistaken for another one: units and validated values carry their name in the type. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
