//! The shop page of the demo, as a customer would serve it: index.html and what it needs from site/, on `localhost`.
//!
//! The edge is on `127.0.0.1`. To a browser these are two sites, as in production; two ports of one host would be one.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use axum::{
    Router,
    http::header,
    response::{Html, IntoResponse},
    routing::get,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tower_http::services::ServeDir;

/// A served page; dropping it frees the port.
pub struct Site {
    url: String,
    tasks: Vec<JoinHandle<()>>,
}

impl Site {
    /// Takes the port. What it will serve is said later by [`Site::serve`], since the edge wants to know this address
    /// and the page wants to know the edge's.
    ///
    /// # Errors
    /// Where the port is taken.
    pub async fn bind(port: u16, option: &str) -> Result<Listening> {
        let first = bind((Ipv4Addr::LOCALHOST, port), option).await?;
        let port = first.local_addr()?.port();
        // `localhost` means ::1 to some programs. Machines without IPv6 do without.
        let second = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.ok();
        Ok(Listening { listeners: std::iter::once(first).chain(second).collect(), port })
    }

    /// The page's address, with a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// A port that is taken and not served yet.
pub struct Listening {
    listeners: Vec<TcpListener>,
    port: u16,
}

impl Listening {
    /// What the page's origin will be.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Serves index.html with the edge's address in place of the one that is written there.
    ///
    /// # Errors
    /// Where index.html is missing or does not name the edge.
    pub fn serve(self, root: &Path, edge: &str) -> Result<Site> {
        let path = root.join("index.html");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} is missing", path.display()))?;
        if !text.contains(WRITTEN_EDGE) {
            bail!(
                "{} does not name {WRITTEN_EDGE}, the edge's address in its script tag",
                path.display()
            );
        }
        let page: Arc<str> = text.replace(WRITTEN_EDGE, edge).into();
        let answer = move || {
            let page = Arc::clone(&page);
            async move {
                ([(header::CACHE_CONTROL, "no-store")], Html(page.to_string())).into_response()
            }
        };
        let router =
            Router::new().route("/", get(answer.clone())).route("/index.html", get(answer));
        let router = router.nest_service("/site", ServeDir::new(root.join("site")));
        let url = format!("{}/", self.origin());
        let tasks = self.listeners.into_iter().map(|listener| {
            let router = router.clone();
            tokio::spawn(async move {
                // It ends with the task only.
                let _ = axum::serve(listener, router).await;
            })
        });
        Ok(Site { url, tasks: tasks.collect() })
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Binds a port or says which option chooses another.
///
/// # Errors
/// Where the port cannot be had.
pub async fn bind(address: (Ipv4Addr, u16), option: &str) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("port {} is taken; choose another with {option}", address.1))
}

/// As in index.html, which works without xtask where the edge has its usual port.
const WRITTEN_EDGE: &str = "http://127.0.0.1:8787";
