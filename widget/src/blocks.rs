//! The widget's memory: blocks in sizes of powers of two, each size with a list of those that are free.
//!
//! The standard allocator joins and splits blocks to serve programs of every kind, and is 2 kB of every visitor's
//! first load. A chat has small strings and short lists, is never large, and has one thread: here a block is never
//! split, so at most half of it lies unused, and memory that was once asked for is kept for the next of its size.
//!
//! It is installed for wasm32 in `lib.rs`; the host's tests run it over memory of their own.

use std::{
    alloc::{GlobalAlloc, Layout},
    cell::UnsafeCell,
    ptr::null_mut,
};

/// See the module's documentation.
pub struct Blocks {
    inner: UnsafeCell<Inner>,
    /// Makes so many bytes or more available; their address and how many they are.
    grow: fn(usize) -> Option<(usize, usize)>,
}

struct Inner {
    /// The first free block of each size: 2^3, 2^4 and so on. A free block begins with the address of the next.
    free: [*mut u8; SIZES],
    /// What was never given out yet.
    next: usize,
    end: usize,
}

impl Blocks {
    /// Without memory so far.
    #[must_use]
    pub const fn new(grow: fn(usize) -> Option<(usize, usize)>) -> Self {
        let inner = Inner { free: [null_mut(); SIZES], next: 0, end: 0 };
        Self { inner: UnsafeCell::new(inner), grow }
    }
}

// SAFETY: nobody shares it. The build enables no threads in wasm; a test keeps each to itself.
unsafe impl Sync for Blocks {}

// SAFETY: a block is at least as large as its layout asks and starts at a multiple of its own size (up to the
// largest alignment that is served), it is in use or in one list, never both, and nothing here unwinds.
unsafe impl GlobalAlloc for Blocks {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let order = order(layout);
        if order >= SIZES + SMALLEST || layout.align() > MOST_ALIGNED {
            return null_mut();
        }
        // SAFETY: one thread, and no reference to the inside outlives a call.
        let inner = unsafe { &mut *self.inner.get() };
        if let Some(first) = inner.free.get_mut(order - SMALLEST)
            && !first.is_null()
        {
            let block = *first;
            // SAFETY: a free block holds the address of the next, written below.
            *first = unsafe { block.cast::<*mut u8>().read_unaligned() };
            return block;
        }
        let size = 1 << order;
        let aligned = |at: usize| at.next_multiple_of(size.min(MOST_ALIGNED));
        let mut at = aligned(inner.next);
        if at + size > inner.end {
            let Some((start, bytes)) = (self.grow)(size + MOST_ALIGNED) else {
                return null_mut();
            };
            if start != inner.end {
                inner.next = start;
            }
            inner.end = start + bytes;
            at = aligned(inner.next);
        }
        inner.next = at + size;
        at as *mut u8
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`; the block is the caller's to give back, and has room for an address.
        let inner = unsafe { &mut *self.inner.get() };
        if let Some(first) = inner.free.get_mut(order(layout) - SMALLEST) {
            unsafe { block.cast::<*mut u8>().write_unaligned(*first) };
            *first = block;
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller says that `size` fits the alignment; sizes near the end of memory are refused above.
        let larger = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        if order(layout) == order(larger) {
            return block;
        }
        // SAFETY: both blocks are at least as long as what is copied, and distinct.
        unsafe {
            let new = self.alloc(larger);
            if !new.is_null() {
                new.copy_from_nonoverlapping(block, size.min(layout.size()));
                self.dealloc(block, layout);
            }
            new
        }
    }
}

/// The power of two that a layout needs.
fn order(layout: Layout) -> usize {
    let bytes = layout.size().max(layout.align()).max(1 << SMALLEST);
    (usize::BITS - (bytes - 1).leading_zeros()) as usize
}

/// 2^3 bytes: room for the address of the next free block, on the host too.
const SMALLEST: usize = 3;

/// Up to 2^27 bytes, 128 MiB: more than any chat, less than where additions could overflow.
const SIZES: usize = 25;

/// Nothing in a program without vector types asks for more than 16.
const MOST_ALIGNED: usize = 64;

/// More memory from the browser, in whole pages.
#[cfg(target_arch = "wasm32")]
pub fn grow(bytes: usize) -> Option<(usize, usize)> {
    const PAGE: usize = 65_536;
    let pages = bytes.div_ceil(PAGE);
    let before = core::arch::wasm32::memory_grow(0, pages);
    (before != usize::MAX).then_some((before * PAGE, pages * PAGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pages of the host's that nobody gives back.
    fn leak(bytes: usize) -> Option<(usize, usize)> {
        let bytes = bytes.next_multiple_of(4_096);
        let page = Box::leak(vec![0_u8; bytes].into_boxed_slice());
        Some((page.as_mut_ptr() as usize, bytes))
    }

    #[test]
    fn blocks_never_overlap_and_keep_what_is_in_them() {
        let blocks = Blocks::new(leak);
        let mut live: Vec<(*mut u8, Layout, u8)> = Vec::new();
        let mut dice = 1_u64;
        let mut below = |limit: u64| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (dice >> 33) % limit
        };
        for round in 0..20_000_u64 {
            let mark = round as u8;
            let fill = |at: *mut u8, layout: Layout| {
                assert_eq!(at as usize % layout.align(), 0);
                unsafe { at.write_bytes(mark, layout.size()) };
                (at, layout, mark)
            };
            let check = |(at, layout, mark): (*mut u8, Layout, u8), bytes: usize| {
                let found = unsafe { std::slice::from_raw_parts(at, bytes.min(layout.size())) };
                assert!(found.iter().all(|byte| *byte == mark), "{layout:?} was written over");
            };
            let size = usize::try_from(1 + below(300)).unwrap();
            match below(5) {
                0 | 1 => {
                    let layout = Layout::from_size_align(size, 1 << below(5)).unwrap();
                    live.push(fill(unsafe { blocks.alloc(layout) }, layout));
                }
                2 if !live.is_empty() => {
                    let at = usize::try_from(below(live.len() as u64)).unwrap();
                    let (block, layout, old) = live.swap_remove(at);
                    let new = Layout::from_size_align(size, layout.align()).unwrap();
                    let moved = unsafe { blocks.realloc(block, layout, size) };
                    check((moved, layout, old), size);
                    live.push(fill(moved, new));
                }
                _ if !live.is_empty() => {
                    let at = usize::try_from(below(live.len() as u64)).unwrap();
                    let gone = live.swap_remove(at);
                    check(gone, usize::MAX);
                    unsafe { blocks.dealloc(gone.0, gone.1) };
                }
                _ => {}
            }
        }
        for block in live {
            check_all(block);
        }
    }

    fn check_all((at, layout, mark): (*mut u8, Layout, u8)) {
        let found = unsafe { std::slice::from_raw_parts(at, layout.size()) };
        assert!(found.iter().all(|byte| *byte == mark));
    }

    #[test]
    fn what_was_freed_is_given_out_again() {
        let blocks = Blocks::new(leak);
        let layout = Layout::from_size_align(100, 8).unwrap();
        let first = unsafe { blocks.alloc(layout) };
        unsafe { blocks.dealloc(first, layout) };
        assert_eq!(unsafe { blocks.alloc(layout) }, first);
    }

    #[test]
    fn what_cannot_be_had_is_refused() {
        let blocks = Blocks::new(|_| None);
        let small = Layout::from_size_align(1, 1).unwrap();
        assert!(unsafe { blocks.alloc(small) }.is_null());
        let blocks = Blocks::new(leak);
        let huge = Layout::from_size_align(1 << 30, 8).unwrap();
        assert!(unsafe { blocks.alloc(huge) }.is_null());
    }
}
