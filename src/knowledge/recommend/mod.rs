//! From what is known about a failure to an answer that shows its evidence, or to none.

mod answer;
mod compose;
mod counts;
mod facts;
mod fixes;
mod memory;
mod network;

pub use answer::{Answer, AnswerKind, Command, Evidence, Proposal, Reason};
pub use compose::answer;
pub use facts::{Deed, Facts, Failure, PastEnd, Place, SessionFacts};
pub use fixes::{Relevance, WeighedEnd, weigh};
pub use memory::{Memory, RankComponents, memories};
