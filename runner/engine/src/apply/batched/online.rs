//! A stage that changes a table while others write to it.

use migration_api::operation::{Operation, OperationError, Refusal};

use super::failure::BatchedError;
use super::stages::{Ended, Stages};
use crate::apply::host_services::HostServices;

impl Stages<'_, '_> {
    pub(super) fn online(
        &self,
        _services: &HostServices<'_, '_>,
        _words: &str,
        _operations: &[Operation],
    ) -> Result<(), Ended> {
        let refusal = Refusal::Unreadable { reason: "not built yet".into() };
        let source = OperationError::new("go online".into(), refusal);
        Err(BatchedError::Online { id: self.id().clone(), source }.into())
    }
}
