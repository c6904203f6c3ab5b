import Basics
import Foundation

/// What stages share: at most so many at once, and so much of each named resource in use.
package struct Resources: Sendable {
    package var jobs: Int
    /// Named capacities; memory is in bytes.
    package var capacities: [String: Int]
    private var used: [String: Int] = [:]
    private var running = 0

    /// - Parameter capacities: what is not named here has the capacity 1, except memory, which is that of the machine.
    package init(jobs: Int = 1, capacities: [String: Int] = [:]) {
        self.jobs = max(1, jobs)
        self.capacities = capacities.merging(["memory": Int(clamping: ProcessInfo.processInfo.physicalMemory)]) {
            given, _ in given
        }
    }

    func capacity(_ name: String) -> Int { capacities[name] ?? 1 }

    /// - Throws: ``ConfigError`` for a stage that could never run.
    func check(_ stage: Stage) throws {
        for (name, amount) in stage.uses.sorted(by: { $0.key < $1.key }) where amount > capacity(name) {
            throw ConfigError(
                "found stage '\(stage.name)' using \(name): \(Resources.text(name, amount)), expected at most "
                    + "\(Resources.text(name, capacity(name)))",
                at: stage.mark, code: "pipeline.resources",
                hint: "state what there is with: --resource \(name)=\(Resources.text(name, amount))")
        }
    }

    mutating func take(_ uses: [String: Int]) -> Bool {
        guard running < jobs, uses.allSatisfy({ used[$0.key, default: 0] + $0.value <= capacity($0.key) }) else {
            return false
        }
        running += 1
        for (name, amount) in uses { used[name, default: 0] += amount }
        return true
    }

    mutating func giveBack(_ uses: [String: Int]) {
        running -= 1
        for (name, amount) in uses { used[name, default: 0] -= amount }
    }

    /// `4GiB`, `500MB`, `2` as a number.
    package static func amount(_ text: String) -> Int? {
        let digits = text.prefix { $0.isNumber || $0 == "." }
        let units = [
            "": 1.0, "B": 1, "K": 1e3, "KB": 1e3, "KiB": 1024, "M": 1e6, "MB": 1e6, "MiB": 1_048_576, "G": 1e9,
            "GB": 1e9, "GiB": 1_073_741_824, "TB": 1e12, "TiB": 1_099_511_627_776,
        ]
        guard let value = Double(digits),
            let unit = units[text.dropFirst(digits.count).trimmingPrefix(while: { $0 == " " }).description],
            value * unit < 1e18
        else { return nil }
        return Int(saturating: value * unit)
    }

    private static func text(_ name: String, _ amount: Int) -> String {
        name == "memory" && amount >= 1 << 20 ? "\(amount >> 20)MiB" : String(amount)
    }
}
