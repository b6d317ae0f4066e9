//! `confidence-audit`: whether the confidences of the answers tell failures apart.

use serde_json::{Value, json};

use super::bundle::library;
use crate::{
    cli::{
        Context, Exit,
        publish::{ReportArgs, Title, Told},
        report::{FAILURE_CHARS, name_of},
        table::cut,
    },
    knowledge::report::Audit,
    runtime::answers,
    store::evidence::PatternFilter,
};

/// Columns of the longest bar.
const BAR_CHARS: usize = 50;

/// Failures that are named as examples.
const SAMPLES: usize = 5;

/// Arguments of `confidence-audit`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  wicap-assist confidence-audit --limit 50")]
pub(in crate::cli) struct Args {
    /// Rate this many failures, the most frequent.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    #[command(flatten)]
    report: ReportArgs,
}

/// A failure and how sure its answer is.
struct Rated {
    signature: String,
    score: f64,
    n_places: i64,
}

/// Runs the command.
///
/// # Errors
///
/// When there is no evidence, or when it cannot be read.
pub(in crate::cli) fn run(args: &Args, ctx: &Context) -> anyhow::Result<Exit> {
    let library = library(ctx, args.report.now)?;
    let sources = library.sources(ctx);
    let filter = PatternFilter {
        occurrences_min: 1,
        span_min_ms: 0,
        now_ms: sources.now.millis(),
    };
    let mut rated = Vec::new();
    for pattern in library
        .evidence
        .pattern_list(&filter, i64::from(args.limit))?
    {
        let signature = &pattern.seen.signature;
        let answer = answers::recommend(&sources, &signature.signature_id)?.answer;
        rated.push(Rated {
            signature: name_of(signature).to_owned(),
            score: answer.best.map_or(0.0, |best| best.confidence),
            n_places: pattern.n_places.max(pattern.n_days),
        });
    }
    let scores: Vec<f64> = rated.iter().map(|one| one.score).collect();
    let audit = Audit::of(&scores);
    let told = Told::new(
        &document(&rated, audit.as_ref()),
        lines(&rated, audit.as_ref()),
    )?;
    let title = Title {
        name: "confidence-audit",
        about: None,
        as_of: sources.now,
    };
    told.tell(ctx, args.report, &title)?;
    Ok(Exit::Done)
}

fn document(rated: &[Rated], audit: Option<&Audit>) -> Value {
    let Some(audit) = audit else {
        return json!({"count": 0, "distribution": "empty", "stats": {}});
    };
    let histogram: serde_json::Map<String, Value> = audit
        .histogram
        .iter()
        .map(|bucket| (bucket.label(), bucket.count.into()))
        .collect();
    let samples: Vec<Value> = rated
        .iter()
        .take(SAMPLES)
        .map(|one| json!({"signature": one.signature, "score": one.score, "occurrences": one.n_places}))
        .collect();
    json!({
        "count": rated.len(),
        "stats": audit.stats,
        "histogram": histogram,
        "samples": samples,
        "verdict": audit.verdict(),
    })
}

fn lines(rated: &[Rated], audit: Option<&Audit>) -> Vec<String> {
    let Some(audit) = audit else {
        return vec!["no failure is known: there is nothing to rate".to_owned()];
    };
    let stats = &audit.stats;
    let mut lines = vec![
        format!("{} failures rated: {}", rated.len(), audit.verdict()),
        format!(
            "median {:.2}, middle half {:.2} to {:.2}, from {:.2} to {:.2}; {} without an answer, {} at 0.95 or more",
            stats.median,
            stats.p25,
            stats.p75,
            stats.min,
            stats.max,
            stats.zero_count,
            stats.high95_count,
        ),
        String::new(),
    ];
    let most = audit.histogram.iter().map(|bucket| bucket.count).max();
    let most = most.unwrap_or_default().max(1);
    for bucket in &audit.histogram {
        let bar = "#".repeat((bucket.count * BAR_CHARS).div_ceil(most));
        lines.push(
            format!("{}  {:>5}  {bar}", bucket.label(), bucket.count)
                .trim_end()
                .to_owned(),
        );
    }
    lines.push(String::new());
    for one in rated.iter().take(SAMPLES) {
        lines.push(format!(
            "{:.2}  {}",
            one.score,
            cut(&one.signature, FAILURE_CHARS)
        ));
    }
    lines
}
