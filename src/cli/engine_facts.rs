//! What the engine shows of the project at one moment, for commands that only look.

use super::{Context, Failure, live::place};
use crate::{
    knowledge::contract::{Sketch, SketchService},
    model::{
        Lifecycle, Observation, Reading, Redacted, Sight, Stack,
        contract::{ServiceFact, ServiceState},
    },
    ports::Sense as _,
    world::{Engine, KillSwitches, LiveWorld, WorldSettings},
};

/// Looks once. A project that is not clear, or an engine that does not answer, is a
/// reading that could not be made.
pub(super) async fn service_facts(ctx: &Context) -> Reading<Vec<ServiceFact>> {
    match look(ctx).await {
        Ok((_, seen)) => Reading::Known(facts(&seen)),
        Err(reason) => Reading::Unknown(reason),
    }
}

/// What a first contract is drafted from. HTTP addresses are those of the profile
/// that answered.
pub(super) async fn sketch(ctx: &Context) -> Reading<Sketch> {
    let (stack, seen) = match look(ctx).await {
        Ok(looked) => looked,
        Err(reason) => return Reading::Unknown(reason),
    };
    let mut services: Vec<SketchService> = Vec::new();
    for fact in facts(&seen) {
        let is_running = fact
            .state
            .known()
            .is_some_and(|state| state.lifecycle == Lifecycle::Running);
        if !services
            .iter()
            .any(|known| known.service == *fact.service.name())
        {
            let service = fact.service.name().clone();
            services.push(SketchService {
                service,
                is_running,
                ports: Vec::new(),
            });
        }
    }
    let answered = stack.services.iter().filter_map(|(name, profile)| {
        let probe = profile.probe.as_ref()?;
        seen.probes.get(name)?.known()?;
        Some((probe.url.clone(), probe.status))
    });
    Reading::Known(Sketch {
        project: stack
            .project
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        services,
        endpoints: answered.collect(),
        ..Sketch::default()
    })
}

async fn look(ctx: &Context) -> Result<(Stack, Observation), Redacted> {
    let endpoint = place::endpoint(ctx);
    let engine = Engine::new(endpoint.clone());
    let stack = match place::find(ctx, &engine).await.map_err(refused)? {
        place::Place::Found(_, stack, _) => stack,
        place::Place::EngineAway(error) => return Err(Redacted::from_raw(&error.to_string())),
    };
    let world = LiveWorld::start(WorldSettings {
        endpoint,
        stack: stack.clone(),
        interval: ctx.settings.policy.interval,
        switches: KillSwitches {
            variable: None,
            files: Vec::new(),
        },
        compose_env: Default::default(),
    });
    let mut world = world.map_err(|error| Redacted::from_raw(&error.to_string()))?;
    world.first_probes().await;
    let seen = world.observe().await;
    match &seen.engine {
        Reading::Known(()) => Ok((stack, seen)),
        Reading::Unknown(reason) => Err(reason.clone()),
    }
}

fn refused(failure: Failure) -> Redacted {
    Redacted::from_raw(&failure.to_string())
}

fn facts(seen: &Observation) -> Vec<ServiceFact> {
    let fact = |(service, reading): (&crate::model::ServiceId, &Reading<Sight>)| {
        let (container, state) = match reading {
            Reading::Known(Sight::Missing { .. }) => return None,
            Reading::Known(Sight::Present(container)) => {
                let lifecycle = container.lifecycle;
                let state = ServiceState {
                    lifecycle,
                    health: container.health,
                };
                (container.name.clone(), Reading::Known(state))
            }
            Reading::Unknown(reason) => (String::new(), Reading::Unknown(reason.clone())),
        };
        Some(ServiceFact {
            service: service.clone(),
            container,
            state,
        })
    };
    seen.services.iter().filter_map(fact).collect()
}
