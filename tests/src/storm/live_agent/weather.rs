//! What may happen in a storm. Each weather is one thing at its worst; the last ones are all of it.

/// How bad it gets.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    pub name: &'static str,
    /// Things that people do.
    pub acts: u64,
    /// Longest pause between two of them.
    pub longest_pause_ms: u64,
    /// Of 100 calls to the desk, how many lose their request, how many their answer; twice as many break.
    pub losses: u64,
    /// Whether the edge may die.
    pub deaths: bool,
    /// Whether the chat moves to another server of the desk.
    pub hand_overs: bool,
    /// Whether the new server may count its answers from 0 again.
    pub restarts: bool,
    /// Whether answers come out wrong: gateways, pages, silence, half bodies, late ones.
    pub answers: bool,
    /// Whether agents hand the chat on, drop out, and join one another.
    pub transfers: bool,
    /// Whether the desk announces an idle limit, and the visitor may be silent beyond it.
    pub idle: bool,
    /// Whether agents and visitors write many at once, at a desk that loses what comes too fast.
    pub bursts: bool,
}

const CALM: Weather = Weather {
    name: "calm",
    acts: 40,
    longest_pause_ms: 4_000,
    losses: 0,
    deaths: false,
    hand_overs: false,
    restarts: false,
    answers: false,
    transfers: false,
    idle: false,
    bursts: false,
};

/// Every weather. A seed's is the one at its place, counted around.
pub const WEATHERS: &[Weather] = &[
    Weather { name: "links", ..CALM },
    Weather { name: "losses", losses: 12, ..CALM },
    Weather { name: "deaths", deaths: true, ..CALM },
    Weather { name: "answers", answers: true, ..CALM },
    Weather { name: "transfers", transfers: true, losses: 4, ..CALM },
    Weather { name: "idle", idle: true, longest_pause_ms: 30_000, ..CALM },
    Weather { name: "bursts", bursts: true, losses: 4, ..CALM },
    Weather {
        name: "all but hand-overs",
        acts: 60,
        losses: 8,
        deaths: true,
        answers: true,
        transfers: true,
        bursts: true,
        ..CALM
    },
    Weather { name: "hand-overs", hand_overs: true, restarts: true, ..CALM },
    Weather { name: "hand-overs and losses", hand_overs: true, restarts: true, losses: 6, ..CALM },
    Weather {
        name: "all of it",
        acts: 60,
        losses: 6,
        deaths: true,
        hand_overs: true,
        restarts: true,
        answers: true,
        transfers: true,
        bursts: true,
        ..CALM
    },
];

impl Weather {
    /// The weather of this seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let places = WEATHERS.len() as u64;
        let place = usize::try_from(seed % places).unwrap_or_default();
        WEATHERS.get(place).copied().unwrap_or(CALM)
    }
}

/// Knobs that a storm turns and that go back when it clears.
pub(super) const ARMED: &[&str] = &[
    "gateway_503",
    "html_502",
    "status",
    "half_open",
    "empty_body",
    "cut_short",
    "not_json",
    "delay",
    "drop_response",
    "drop_request",
    "accepted_202",
];
