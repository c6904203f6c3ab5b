import Basics
import Deployment

/// What a host signed of the health of what is in force, as it lies in the environment.
struct EnvironmentHealth {
    /// Nil where there is no file, or where nobody who counts signed it.
    let signed: HealthReport.Signed?
    /// Why a file that is there says nothing.
    let problem: Failure?

    init(_ files: EnvironmentFiles) {
        let path = files.host.healthFile
        guard Paths.exists(path) else {
            (signed, problem) = (nil, nil)
            return
        }
        do {
            signed = try HealthReport.read(
                try SmallFile.bytes(path, most: HealthReport.mostBytes), hosts: files.hosts().present,
                environment: files.host.name, in: path)
            problem = nil
        } catch {
            signed = nil
            problem = error as? Failure ?? Failure("health.unsigned", "found no health report in '\(path)': \(error)")
        }
    }
}
