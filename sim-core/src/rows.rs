//! Columns indexed by a typed id, and compressed rows for one-to-many relations.
//!
//! Invariant of [`Rows`]: `first` has one entry more than there are rows, starts at 0, does not decrease, and ends at
//! `items.len()`; row `r` is `items[first[r]..first[r + 1]]`.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

use crate::ids::Id;

/// A column of values, indexable only by the right id.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Column<I, T> {
    values: Vec<T>,
    id: PhantomData<fn(I)>,
}

impl<I: Id, T> Column<I, T> {
    /// The column with these values, in id order.
    pub fn new(values: Vec<T>) -> Self {
        Self { values, id: PhantomData }
    }
    /// A column of `n` equal values.
    pub fn filled(value: T, n: usize) -> Self
    where
        T: Clone,
    {
        Self::new(vec![value; n])
    }
    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }
    /// Whether the column has no value.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
    /// The ids of the column in order.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = I> + use<I, T> {
        (0..self.values.len()).map(I::from_index)
    }
    /// Values in id order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.values.iter()
    }
    /// Values with their ids, in order.
    pub fn enumerate(&self) -> impl ExactSizeIterator<Item = (I, &T)> {
        self.values.iter().enumerate().map(|(index, value)| (I::from_index(index), value))
    }
    /// The values as a slice in id order.
    pub fn as_slice(&self) -> &[T] {
        &self.values
    }
    /// The values as a mutable slice in id order.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.values
    }
    /// Appends a value and returns its id.
    pub fn push(&mut self, value: T) -> I {
        self.values.push(value);
        I::from_index(self.values.len() - 1)
    }
}

impl<I: Id, T> Default for Column<I, T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<I: Id, T> Index<I> for Column<I, T> {
    type Output = T;
    #[inline]
    fn index(&self, id: I) -> &T {
        &self.values[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for Column<I, T> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.values[id.index()]
    }
}

/// A one-to-many relation from ids to items in compressed rows.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Rows<I, T> {
    first: Vec<u32>,
    items: Vec<T>,
    id: PhantomData<fn(I)>,
}

impl<I: Id, T> Rows<I, T> {
    /// Builds the rows from one list of items per id, in id order.
    pub fn from_lists<L: IntoIterator<Item = T>>(lists: impl IntoIterator<Item = L>) -> Self {
        let mut first = vec![0_u32];
        let mut items = Vec::new();
        for list in lists {
            items.extend(list);
            first.push(u32::try_from(items.len()).expect("a relation has less than 2^32 items"));
        }
        Self { first, items, id: PhantomData }
    }
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.first.len() - 1
    }
    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The positions of a row's items in [`Self::items`].
    #[inline]
    pub fn range(&self, id: I) -> std::ops::Range<usize> {
        self.first[id.index()] as usize..self.first[id.index() + 1] as usize
    }
    /// All items, row after row.
    pub fn items(&self) -> &[T] {
        &self.items
    }
}

impl<I: Id, T> Default for Rows<I, T> {
    fn default() -> Self {
        Self { first: vec![0], items: Vec::new(), id: PhantomData }
    }
}

impl<I: Id, T> Index<I> for Rows<I, T> {
    type Output = [T];
    #[inline]
    fn index(&self, id: I) -> &[T] {
        &self.items[self.range(id)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::LinkId;

    #[test]
    fn rows_keep_their_lists() {
        let rows: Rows<LinkId, u8> = Rows::from_lists([vec![1, 2], vec![], vec![3]]);
        assert_eq!(rows.len(), 3);
        assert_eq!(&rows[LinkId(0)], &[1, 2]);
        assert!(rows[LinkId(1)].is_empty());
        assert_eq!(rows.range(LinkId(2)), 2..3);
    }
}
