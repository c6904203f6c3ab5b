import Basics
import Foundation
import Registry
import TestSupport
import Testing
import Workflows

/// What a run uses of its machine, from files of a kernel that says what the test wants.
@Suite struct SystemMetricsTests {
    /// Ticks of all cores: user, nice, system, idle, waiting for disks, interrupts, soft interrupts, stolen, guests.
    private static func stat(_ ticks: [Int]) -> String {
        "cpu  \(ticks.map(String.init).joined(separator: " "))\ncpu0 1 2 3 4 5 6 7 8 9 0\n"
    }

    private func machine(memory: Bool = true) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try directory.write(Self.stat([100, 10, 50, 1000, 200, 5, 5, 0, 40, 0]), to: "stat")
        guard memory else { return directory }
        try directory.write("Name:\tx\nVmPeak:\t 9999 kB\nVmRSS:\t    3072 kB\n", to: "self/status")
        try directory.write("MemTotal:       8192 kB\nMemFree: 1 kB\nMemAvailable:   2048 kB\n", to: "meminfo")
        return directory
    }

    private func value(_ metrics: SystemMetrics, _ key: String) -> Double? {
        metrics.values.last { $0.key == "system/\(key)" }?.value
    }

    @Test("the share of busy cores, and of memory, between two looks")
    func shares() throws {
        let machine = try machine()
        var time: Nanoseconds = 5_000_000_000
        let metrics = SystemMetrics(now: { time }, files: machine.path)
        metrics.sample()
        #expect(metrics.values.isEmpty, "the first look sets the start")
        // 150 ticks of work more; idling, waiting, and guests, who are in user already, do not count.
        try machine.write(Self.stat([200, 20, 80, 3000, 900, 10, 10, 0, 840, 0]), to: "stat")
        time += 2_000_000_000
        metrics.sample()
        let cores = Double(ProcessInfo.processInfo.activeProcessorCount), ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let busy = try #require(value(metrics, "cpu_utilization_percentage"))
        #expect(abs(busy - 150 / ticks / 2 / cores * 100) < 1e-9)
        #expect(value(metrics, "process_memory_megabytes") == 3)
        #expect(value(metrics, "system_memory_usage_megabytes") == 6)
        #expect(value(metrics, "system_memory_usage_percentage") == 75)
        let own = try #require(value(metrics, "process_cpu_percentage"))
        #expect(own >= 0 && metrics.values.count == 5 && metrics.values.allSatisfy { $0.step == 0 })
    }

    @Test("it looks once a second, however often it is asked, and each look is a step")
    func interval() throws {
        let machine = try machine()
        var time: Nanoseconds = 0
        let metrics = SystemMetrics(now: { time }, files: machine.path)
        metrics.sample()
        for moment: Nanoseconds in [1, 999_999_999, 1_000_000_000, 1_999_999_999, 2_000_000_000] {
            time = moment
            metrics.sample()
        }
        #expect(metrics.values.map(\.step) == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    }

    @Test("what the machine does not tell is left out")
    func missing() throws {
        let machine = try machine(memory: false)
        var time: Nanoseconds = 0
        let metrics = SystemMetrics(now: { time }, files: machine.path)
        metrics.sample()
        time = 3_000_000_000
        metrics.sample()
        #expect(
            Set(metrics.values.map(\.key)) == ["system/cpu_utilization_percentage", "system/process_cpu_percentage"])
        #expect(value(metrics, "cpu_utilization_percentage") == 0, "nothing happened")
        try machine.write("cpu  1 2 3 4\n", to: "stat")
        time = 6_000_000_000
        metrics.sample()
        #expect(metrics.values.count == 2, "too few numbers to tell idling from work")
    }
}
