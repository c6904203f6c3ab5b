import Registry

/// Trials whose search or worker was killed in, their runs ended, out.
///
/// A process that is killed records nothing. So whoever looks next at studies or runs, and the next search before it
/// begins, ends the runs that nobody trains any more. Another machine's trials are left alone until they have been
/// silent for a minute.
enum SettleTrials {
    static func run(_ registry: RegistryDatabase) throws {
        try registry.settleTrials(
            isLost: RegistryStudyStorage.isLost(now: registry.now()), as: RegistryStudyStorage.lostWorker)
    }

    /// The same where one of these runs is a trial that is said to be under way.
    ///
    /// - Returns: whether there was one, so that runs have to be read again.
    static func run(_ registry: RegistryDatabase, where runs: [RunRecord]) throws -> Bool {
        guard runs.contains(where: { $0.kind == .trial && $0.status == .running }) else { return false }
        try run(registry)
        return true
    }
}
