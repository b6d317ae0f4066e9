use crate::{
    cli::{place::Place, terminal::Terminal},
    knowledge::{
        env_rules::{EnvRule, Finding, Section, check_values, rule, rules},
        env_setup::{Draft, Ground},
    },
    model::{Reading, host::UiBinding},
};

/// How often the whole is checked and what fails is asked again.
const ROUNDS_MAX: usize = 5;

/// Asks for everything, section by section.
///
/// # Errors
///
/// Fails if the operator leaves.
pub(super) fn ask_all(
    terminal: &Terminal,
    draft: &mut Draft,
    ground: &Ground,
    place: &Place,
) -> anyhow::Result<()> {
    terminal
        .tell("Enter keeps what stands in brackets, `-` empties an optional value, Ctrl-C leaves.");
    let mut section = None;
    let mut wants_tuning = false;
    for rule in rules() {
        if rule.section == Some(Section::Tuning) && section != rule.section {
            section = rule.section;
            wants_tuning = terminal.confirm("\nTune dwell and queue?", false)?;
            introduce(terminal, section.filter(|_| wants_tuning));
        }
        if draft.answered(rule.key).is_some() || !draft.is_asked(rule, wants_tuning) {
            continue;
        }
        if section != rule.section {
            section = rule.section;
            introduce(terminal, section);
            let seen = seen(section, ground);
            if !seen.is_empty() {
                terminal.tell(&seen);
            }
        }
        ask(terminal, draft, rule, ground)?;
    }
    for _ in 0..ROUNDS_MAX {
        if let Some(address) = draft.allow_own_address(&ground.host) {
            terminal.tell(&format!(
                "  added {address}, under which the dashboard is called, to the allow-list"
            ));
        }
        let found = check_values(&draft.finish(), &place.environment, &ground.host);
        let wrong: Vec<&Finding> = found.iter().filter(|finding| finding.is_error()).collect();
        let again: Vec<&EnvRule> = wrong
            .iter()
            .filter_map(|finding| rule(&finding.key))
            .collect();
        if again.is_empty() {
            return Ok(());
        }
        terminal.tell("\nThis does not fit together yet:");
        for finding in wrong {
            terminal.tell(&format!("  {finding}"));
        }
        for rule in again {
            ask(terminal, draft, rule, ground)?;
        }
    }
    Ok(())
}

fn introduce(terminal: &Terminal, section: Option<Section>) {
    if let Some(section) = section {
        terminal.tell(&format!("\n== {} ==\n{}", section.title(), section.rail()));
    }
}

/// What this host shows of a section's subject.
fn seen(section: Option<Section>, ground: &Ground) -> String {
    let host = &ground.host;
    match section {
        Some(Section::Ui) => match ground.ui {
            UiBinding::HostNetwork => "The dashboard runs on this host's own network.".to_owned(),
            UiBinding::Published(port) => {
                format!("Compose publishes the dashboard on port {port}.")
            }
            UiBinding::Unpublished => "Compose does not publish the dashboard.".to_owned(),
            UiBinding::Unknown => {
                "The compose file does not say how the dashboard is reached.".to_owned()
            }
        },
        Some(Section::Capture) => {
            let radio = |name: &str| match host.is_management(name) {
                true => format!("{name} (carries the default route)"),
                false => name.to_owned(),
            };
            let radios: Vec<String> = host.radios().into_iter().map(radio).collect();
            format!("Radios of this host: {}.", list_or_none(&radios))
        }
        Some(Section::Bluetooth) => {
            format!(
                "Serial devices of this host: {}.",
                list_or_none(&host.serial_devices)
            )
        }
        Some(Section::Boot | Section::Tuning | Section::Otlp) | None => String::new(),
    }
}

fn list_or_none(names: &[String]) -> String {
    match names.is_empty() {
        true => "none".to_owned(),
        false => names.join(", "),
    }
}

/// Asks for one key until the answer fits.
fn ask(
    terminal: &Terminal,
    draft: &mut Draft,
    rule: &EnvRule,
    ground: &Ground,
) -> anyhow::Result<()> {
    let (proposal, refused) = draft.proposal(rule, ground);
    if let Some(why) = refused {
        terminal.tell(&format!("  the value in the file {why}"));
    }
    let shown = match &proposal {
        Some(_) if rule.is_secret() => "[<set>] ".to_owned(),
        Some(value) if !value.is_empty() => format!("[{value}] "),
        Some(_) | None => String::new(),
    };
    let prompt = format!("{} - {}\n  {shown}> ", rule.key, rule.help);
    loop {
        let typed = match rule.is_secret() {
            true => terminal.ask_unseen(&prompt)?,
            false => terminal.ask(&prompt)?,
        };
        let value = match &*typed {
            "" => proposal.clone().unwrap_or_default(),
            "-" if !rule.is_required => String::new(),
            _ => typed,
        };
        if rule.key == "WICAP_INTERFACE" && !may_capture(terminal, draft, ground, &value)? {
            continue;
        }
        match draft.answer(rule, &value) {
            Ok(notes) => {
                for note in notes {
                    terminal.tell(&format!("  added {note}, which WiCAP needs"));
                }
                return Ok(());
            }
            Err(why) => terminal.tell(&format!("  {} {why}", rule.key)),
        }
    }
}

/// The rail of the capture interface: its name has to be typed twice if losing it may
/// lose the host.
fn may_capture(
    terminal: &Terminal,
    draft: &mut Draft,
    ground: &Ground,
    interface: &str,
) -> anyhow::Result<bool> {
    const KEY: &str = "WICAP_ALLOW_MANAGEMENT_INTERFACE";
    if matches!(interface, "auto" | "") || !ground.host.is_management(interface) {
        return Ok(true);
    }
    let why = match &ground.host.management {
        Reading::Known(_) => "carries the default route".to_owned(),
        Reading::Unknown(why) => format!("may carry the default route ({why})"),
    };
    terminal.tell(&format!(
        "  {interface} {why}: capturing on it cuts this host off the network."
    ));
    let prompt = format!(
        "  type {interface} again to capture on it all the same, Enter to choose another > "
    );
    let is_meant = terminal.ask(&prompt)? == interface;
    if is_meant {
        draft.put(KEY, "true");
    }
    Ok(is_meant)
}
