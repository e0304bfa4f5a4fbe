/** Stands in for React's developer tools, which are no part of a built program. */
export default {};
