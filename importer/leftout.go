package importer

// LeftOut is the code of a row that was left out by hand.
const LeftOut = codeLeftOut
