//! Sums and maxima in fixed blocks, the same for any number of threads.

use rayon::prelude::*;

/// Items per block; part of the results, since it fixes the order of additions.
const BLOCK: usize = 1024;

/// The sum of `value(item)` over the items: blocks are summed in parallel, then added in order.
pub fn sum<T: Sync>(items: &[T], value: impl Fn(&T) -> f64 + Sync) -> f64 {
    if items.len() <= BLOCK {
        return items.iter().map(value).fold(0.0, |total, x| total + x);
    }
    let blocks: Vec<f64> =
        items.par_chunks(BLOCK).map(|block| block.iter().map(&value).fold(0.0, |total, x| total + x)).collect();
    blocks.iter().fold(0.0, |total, x| total + x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_does_not_depend_on_threads() {
        let items: Vec<f64> = (0..100_000).map(|i| 1.0 / f64::from(i + 1)).collect();
        let sums: Vec<u64> = [1, 2, 3, 8]
            .map(|threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
                pool.install(|| sum(&items, |x| *x)).to_bits()
            })
            .to_vec();
        assert!(sums.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
