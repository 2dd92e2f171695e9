//! `cargo xtask gallery`: a page with every state of the panel, played by the real widget against an edge that is a
//! script. `tests/browser/gallery.spec.ts` looks at it, and makes the pictures of docs/images/gallery.

use std::{collections::HashMap, fs, net::Ipv4Addr, path::Path};

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::Query,
    http::StatusCode,
    response::{Html, IntoResponse},
    routing::get,
};
use tower_http::services::ServeDir;

use crate::{
    build::{self, Mode},
    demo, site,
    steps::Steps,
};

/// Builds the widget and serves the gallery until Ctrl-C.
///
/// # Errors
/// Where it does not build, or the port is taken.
pub fn run(mode: Mode, port: u16) -> Result<()> {
    let mut steps = Steps::new(build::STEPS - 1);
    let tools = build::run_widget(&mut steps, mode)?;
    let folder = write(&tools.root)?;
    demo::runtime()?.block_on(async {
        let listener = site::bind((Ipv4Addr::LOCALHOST, port), "--port").await?;
        println!("\nGallery: http://{}/ (Ctrl-C ends it)", listener.local_addr()?);
        let pages = folder.clone();
        // What the loader asks an edge for (launcher.html).
        let frame = move |Query(asked): Query<HashMap<String, String>>| async move {
            let language = if asked.get("lang").is_some_and(|it| it == "ar") { "ar" } else { "en" };
            match fs::read_to_string(pages.join(format!("frame-{language}.html"))) {
                Ok(document) => Html(document).into_response(),
                Err(_) => StatusCode::NOT_FOUND.into_response(),
            }
        };
        let router = Router::new()
            .route("/frame", get(frame))
            .route("/v1/resources/{id}", get(|| async { Html("{}") }))
            .fallback_service(ServeDir::new(folder));
        tokio::select! {
            served = axum::serve(listener, router) => served.context("the gallery stopped"),
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    })
}

/// Puts the gallery together from what was built last, and returns its folder.
///
/// # Errors
/// Where nothing was built.
pub fn write(root: &Path) -> Result<std::path::PathBuf> {
    let folder = root.join(".parlor/gallery");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(folder.join("assets"))?;
    for entry in fs::read_dir(root.join("dist/assets")).context("nothing is built")? {
        let entry = entry?;
        fs::copy(entry.path(), folder.join("assets").join(entry.file_name()))?;
    }
    fs::copy(root.join("dist/parlor.js"), folder.join("parlor.js")).context("nothing is built")?;
    for name in ["index.html", "launcher.html", "states.js", "edge.js"] {
        fs::copy(root.join("widget/gallery").join(name), folder.join(name))
            .with_context(|| format!("widget/gallery/{name} is missing"))?;
    }
    let names = build::asset_names(root)?;
    let document = fs::read_to_string(root.join("widget/frame.html"))?;
    for language in LANGUAGES {
        let mut document = document.replace("{{lang}}", language).replace("{{resource}}", "");
        // A language without a locale file is played in English.
        let own = format!("LOCALE_{}", language.to_uppercase());
        let later = format!("{own}_LATER");
        for (place, variable) in [
            ("{{style}}", "STYLE"),
            ("{{wasm}}", "WASM"),
            ("{{later}}", "LATER"),
            ("{{link}}", "LINK"),
            ("{{script}}", "SCRIPT"),
            ("{{locale}}", &own),
            ("{{words}}", &later),
        ] {
            let address = names
                .get(&format!("PARLOR_ASSET_{variable}"))
                .or_else(|| names.get("PARLOR_ASSET_LOCALE_EN"))
                .with_context(|| format!("the build named no {variable}"))?;
            document = document.replace(place, address);
        }
        let document = document.replace("{{dir}}", if language == "ar" { "rtl" } else { "ltr" });
        // Before the widget's own script, which is a module and so waits for the document.
        let document = document.replace(
            "</body>",
            "<script src=\"states.js\"></script><script src=\"edge.js\"></script></body>",
        );
        fs::write(folder.join(format!("frame-{language}.html")), document)?;
    }
    Ok(folder)
}

/// Languages of the gallery's frames: one that is written from left to right and one from right to left.
const LANGUAGES: [&str; 2] = ["en", "ar"];
