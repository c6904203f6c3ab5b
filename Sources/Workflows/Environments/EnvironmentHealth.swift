import Basics
import Deployment
import ModelBundles

/// What a host signed of the health of what is in force, as it lies in the environment.
struct EnvironmentHealth {
    /// Nil where there is no file, or where nobody who counts signed it.
    let signed: HealthReport.Signed?
    /// Why a file that is there says nothing.
    let problem: Failure?

    init(_ files: EnvironmentFiles, session: Session) {
        let path = files.host.healthFile
        guard Paths.exists(path) else {
            (signed, problem) = (nil, nil)
            return
        }
        do {
            let revoked = try ManageKeys.revocations(session)
            // Another host of the same document says nothing of what runs here.
            let own = files.hostID
            let hosts = files.hosts().present.filter { own == nil || $0.id == own }.map { key in
                var key = key
                key.revoked = key.revoked ?? revoked[key.id]
                return key
            }
            signed = try HealthReport.read(
                try SmallFile.bytes(path, most: HealthReport.mostBytes), hosts: hosts, environment: files.host.name,
                at: session.clock.now(), in: path)
            problem = nil
        } catch {
            signed = nil
            problem = error as? Failure ?? Failure("health.unsigned", "found no health report in '\(path)': \(error)")
        }
    }
}
