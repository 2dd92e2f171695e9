//! What is drawn follows the view for as long as it is in the document.
//!
//! The view is a node of Leptos's reactive graph, and so is everything that follows it. Leptos's own effects would do
//! as well, but they are made for many threads: ids of threads, a second allocator for these, locks around owners of
//! owners, 7 kB of every visitor's first load. A follower here is the least that the graph accepts.

use std::sync::{Arc, Weak};

use leptos::reactive::graph::{
    AnySource, AnySubscriber, ReactiveNode, Source, Subscriber, ToAnySubscriber,
};

use super::Scene;
use crate::state::view::View;

/// Something that is drawn anew when the view has changed. Dropped, it is not.
pub struct Follower {
    me: Weak<Self>,
    scene: Scene,
    draw: Box<dyn Fn(&View)>,
}

// SAFETY: this module is compiled for wasm32 only, and the build enables no threads: there is nobody to share with.
unsafe impl Send for Follower {}
// SAFETY: as above.
unsafe impl Sync for Follower {}

/// Runs `draw` now and whenever the view changes, as long as what is being built is in the document.
pub fn follow(scene: Scene, draw: Box<dyn Fn(&View)>) {
    let follower = Arc::new_cyclic(|me| Follower { me: me.clone(), scene, draw });
    follower.run();
    scene.0.building.borrow_mut().push(follower);
}

impl Scene {
    /// What begins to follow while `build` runs; it does so until it is dropped.
    pub fn followers(self, build: impl FnOnce()) -> Vec<Arc<Follower>> {
        let outer = self.0.building.take();
        build();
        self.0.building.replace(outer)
    }
}

impl Follower {
    fn run(&self) {
        // There is one source, so there is nothing to find out by watching what is read.
        self.scene.0.changed.add_subscriber(self.to_any_subscriber());
        (self.draw)(&self.scene.0.view.borrow());
    }
}

impl ToAnySubscriber for Follower {
    fn to_any_subscriber(&self) -> AnySubscriber {
        let me: Weak<dyn Subscriber + Send + Sync> = self.me.clone();
        AnySubscriber(self.me.as_ptr() as usize, me)
    }
}

impl ReactiveNode for Follower {
    fn mark_dirty(&self) {
        self.run();
    }

    fn mark_check(&self) {}

    fn mark_subscribers_check(&self) {}

    fn update_if_necessary(&self) -> bool {
        false
    }
}

impl Subscriber for Follower {
    // There is one source, which forgets its subscribers whenever it tells them.
    fn add_source(&self, _: AnySource) {}

    fn clear_sources(&self, _: &AnySubscriber) {}
}
