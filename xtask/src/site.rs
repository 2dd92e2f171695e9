//! The shop page of the demo, as a customer would serve it: index.html and what it needs from site/, on `localhost`.
//!
//! The edge is on `127.0.0.1`. To a browser these are two sites, as in production; two ports of one host would be one.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, Ipv6Addr},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use axum::{
    Router,
    extract::Query,
    http::{StatusCode, header},
    response::{Html, IntoResponse},
    routing::get,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tower_http::services::ServeDir;

/// A served page; dropping it frees the port.
pub struct Site {
    url: String,
    port: u16,
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

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
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

    /// Serves index.html with the edge's address in place of the one that is written there, and with a choice of who
    /// answers: the first of the desks, or another by `?desk=NAME`.
    ///
    /// # Errors
    /// Where index.html is missing or does not name the edge, or the resource of the first desk.
    pub fn serve(self, root: &Path, edge: &str, desks: &[Answers<'_>]) -> Result<Site> {
        let path = root.join("index.html");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{} is missing", path.display()))?;
        let first = desks.first().map_or("", |desk| desk.resource);
        for (part, what) in [(WRITTEN_EDGE, "the edge"), (first, "a resource"), (BODY, "a body")] {
            if !text.contains(part) {
                bail!("{} does not name {what} as {part}", path.display());
            }
        }
        let text = text.replace(WRITTEN_EDGE, edge);
        let pages: Arc<[(String, String)]> = desks
            .iter()
            .map(|desk| {
                let page = text.replace(first, desk.resource);
                let page = page.replace(BODY, &format!("{BODY}\n{}", choice(desks, desk)));
                (desk.key.to_owned(), page)
            })
            .collect();
        let answer = move |query: Query<HashMap<String, String>>| {
            let pages = Arc::clone(&pages);
            async move {
                let wanted = query.get("desk");
                let page = pages.iter().find(|(key, _)| wanted.is_none_or(|wanted| wanted == key));
                match page {
                    Some((_, page)) => {
                        ([(header::CACHE_CONTROL, "no-store")], Html(page.clone())).into_response()
                    }
                    None => (StatusCode::NOT_FOUND, "There is no such desk.").into_response(),
                }
            }
        };
        let router =
            Router::new().route("/", get(answer.clone())).route("/index.html", get(answer));
        let router = router.nest_service("/site", ServeDir::new(root.join("site")));
        let (url, port) = (format!("{}/", self.origin()), self.port);
        let tasks = self.listeners.into_iter().map(|listener| {
            let router = router.clone();
            tokio::spawn(async move {
                // It ends with the task only.
                let _ = axum::serve(listener, router).await;
            })
        });
        Ok(Site { url, port, tasks: tasks.collect() })
    }
}

/// A desk as the page offers it.
#[derive(Clone, Copy)]
pub struct Answers<'a> {
    /// In the page's address.
    pub key: &'a str,
    /// What it is called.
    pub name: &'a str,
    /// The web chat resource that leads to it.
    pub resource: &'a str,
    /// Its page for agents.
    pub page: &'a str,
}

/// The line above the shop: who answers, and where to answer.
fn choice(desks: &[Answers<'_>], chosen: &Answers<'_>) -> String {
    let links = desks.iter().enumerate().map(|(place, desk)| {
        let address = if place == 0 { "/".to_owned() } else { format!("/?desk={}", desk.key) };
        let current = if desk.key == chosen.key { " aria-current=\"page\"" } else { "" };
        format!("<a href=\"{address}\"{current}>{}</a>", desk.name)
    });
    let links: String = links.collect();
    format!(
        "<aside class=\"demo\" aria-label=\"Demo\"><div>\n<p>In this demo the chat is answered in</p>\n\
         <nav aria-label=\"Desk\">{links}</nav>\n\
         <a class=\"answer\" href=\"{}\" target=\"_blank\" rel=\"noopener\">Open the agents’ desk</a>\n</div></aside>",
        chosen.page
    )
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

/// Where the choice goes.
const BODY: &str = "<body>";
