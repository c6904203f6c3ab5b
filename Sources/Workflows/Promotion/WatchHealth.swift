import Basics
import Deployment
import Promotion

/// A bundle that was just installed in; why it may not stay, or nothing, out.
enum WatchHealth {
    /// Feeds the probe, if there is one, and waits until the health rule decides.
    ///
    /// - Parameters:
    ///   - directory: the environment's.
    ///   - probe: bars that the runtime replays, where no market feeds it.
    /// - Returns: why the bundle may not stay; nil where it is healthy.
    static func objection(
        _ rule: HealthRule, bundle: String, in directory: String, probe: [String], runtime: RuntimePort
    ) -> String? {
        if !probe.isEmpty {
            // A loop that ends with an error is no sign of health.
            do { try runtime.replay(directory, probe) } catch {
                return "the replay failed: \((error as? any UserFacingError)?.message ?? "\(error)")"
            }
        }
        let deadline = Deadline(seconds: rule.withinSeconds)
        while true {
            switch rule.evaluate(report(directory), bundle: bundle) {
            case .healthy: return nil
            case .unhealthy(let reason): return reason
            case .waiting(let reason):
                if deadline.isPast { return "after \(rule.withinSeconds) s \(reason)" }
            }
            deadline.pause()
        }
    }

    /// What the runtime wrote of its health last; nil where it has written nothing readable.
    static func report(_ directory: String) -> JSONValue? {
        let file = Paths.join(directory, "health.json")
        return Paths.exists(file) ? try? JSONParser.parse(try FileChunks.bytes(file), file: file) : nil
    }
}
