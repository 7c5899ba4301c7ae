/**
 * Comes before all other imports: unless it is told that this is production, graphql-js looks at every type that it meets
 * for a second copy of itself.
 */
process.env.NODE_ENV ??= 'production';
