import Basics
import Deployment
import Promotion

/// A bundle that was just installed in; why it may not stay, or nothing, out.
enum WatchHealth {
    /// Feeds the probe, if there is one, and waits until the health rule decides.
    ///
    /// - Parameters:
    ///   - files: of the environment.
    ///   - probe: bars that the runtime replays, where no market feeds it.
    /// - Returns: why the bundle may not stay; nil where it is healthy.
    static func objection(
        _ rule: HealthRule, bundle: String, in files: EnvironmentFiles, probe: [String], runtime: RuntimePort,
        session: Session
    ) -> String? {
        if !probe.isEmpty {
            // A loop that ends with an error is no sign of health.
            do { try runtime.replay(files.host.directory, probe) } catch {
                return "the replay failed: \((error as? any UserFacingError)?.message ?? "\(error)")"
            }
        }
        let deadline = Deadline(seconds: rule.withinSeconds)
        while true {
            let health = EnvironmentHealth(files, session: session)
            switch rule.evaluate(health.signed?.report, bundle: bundle) {
            case .healthy: return nil
            case .unhealthy(let reason): return reason
            case .waiting(let reason):
                if deadline.isPast { return "after \(rule.withinSeconds) s \(health.problem?.message ?? reason)" }
            }
            deadline.pause()
        }
    }
}
