/** The share in the destination account that holds what Farshare knows beyond the data: the data share holds nothing of ours. */
export const catalogShare = 'farshare-catalog';
