/** The labels of EMNIST Letters, where capital and small letters are one class. */
export const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
