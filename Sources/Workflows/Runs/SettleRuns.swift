import Registry

/// Runs whose process was killed in, ended as interrupted, out.
///
/// A process that is killed records nothing, so whoever looks next does. Only this machine can tell: its kernel
/// released the lock of a run that nobody trains any more.
enum SettleRuns {
    /// - Returns: whether runs were ended, so that they have to be read again.
    static func run(_ runs: [RunRecord], registry: RegistryDatabase, session: Session) throws -> Bool {
        var isChanged = try SettleTrials.run(registry, where: runs)
        for run in runs where run.kind == .train && run.status == .running && run.machine == Session.machine {
            _ = try RunLock.isFree(run.id, session: session) {
                // It may have come to its end since it was read.
                guard try registry.run(run.id).status == .running else { return }
                try registry.finish(run: run.id, status: .interrupted)
                isChanged = true
            }
        }
        return isChanged
    }
}
