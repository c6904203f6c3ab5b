import Documents
import Testing

@Suite struct AxisTests {
    @Test(
        "steps are 1, 2 or 5 times a power of ten",
        arguments: [
            (0.3, 0.5), (0.5, 0.5), (1.01, 2), (7, 10), (0.00021, 0.0005), (123_456, 200_000), (0, 1),
        ])
    func steps(_ least: Double, _ step: Double) { #expect(abs(Axis.roundStep(least) - step) < step * 1e-9) }

    @Test(
        "ticks are round, inside the axis, and told apart",
        arguments: [
            (0.0, 1.0), (-3.2, 8.9), (0.69301, 0.69318), (1e-7, 3e-7), (0, 250_000), (99_990, 100_010), (-0.4, 0.1),
            (1e9, 4e9),
        ])
    func ticks(_ low: Double, _ high: Double) {
        let axis = Axis.numbers(low, high)
        #expect(axis.low < low && axis.high > high)
        #expect((2...6).contains(axis.ticks.count), "\(axis.ticks)")
        #expect(axis.ticks.allSatisfy { $0.value >= axis.low && $0.value <= axis.high })
        #expect(Set(axis.ticks.map(\.label)).count == axis.ticks.count, "\(axis.ticks.map(\.label))")
        #expect(axis.ticks.allSatisfy { $0.label.count <= 9 }, "\(axis.ticks.map(\.label))")
    }

    @Test("a single value is labelled alone, with room around it", arguments: [0.0, 5, -0.25])
    func single(_ value: Double) {
        let axis = Axis.numbers(value, value)
        #expect(axis.low < value && axis.high > value && axis.ticks.map(\.value) == [value])
    }

    @Test("labels have the digits that their step needs")
    func labels() {
        #expect(Axis.numbers(0, 1).ticks.map(\.label) == ["0", "0.5", "1.0"])
        #expect(Axis.numbers(0, 20_000).ticks.map(\.label) == ["0", "10k", "20k"])
        #expect(Axis.numbers(0, 3_000_000).ticks.map(\.label) == ["0", "1M", "2M", "3M"])
        #expect(Axis.counts(0, 7, count: 5).ticks.map(\.label) == ["0", "2", "4", "6"])
    }

    @Test("whole numbers only where there are only whole ones")
    func counts() {
        for high in [0.0, 1, 2, 3, 9, 41, 1000] {
            let ticks = Axis.counts(0, high).ticks
            #expect(!ticks.isEmpty && ticks.allSatisfy { $0.value == $0.value.rounded() && $0.value >= 0 })
        }
    }

    @Test("times are labelled at whole units")
    func times() {
        let day = 86_400e9
        let hours = Axis.time(20_000 * day + 9.5 * 3600e9, 20_000 * day + 16 * 3600e9)
        #expect(hours.ticks.map(\.label) == ["10:00", "12:00", "14:00", "16:00"])
        let days = Axis.time(20_000 * day, 20_004 * day)
        #expect(days.ticks.allSatisfy { $0.label.hasPrefix("2024-10-0") } && days.ticks.count >= 3)
        let months = Axis.time(20_000 * day, 20_150 * day)
        #expect(months.ticks.first?.label == "2024-11" && months.ticks.contains { $0.label == "2025-01" })
        let years = Axis.time(10_000 * day, 20_000 * day)
        #expect(years.ticks.allSatisfy { $0.label.count == 4 } && years.ticks.count >= 3)
        #expect(!Axis.time(5 * day, 5 * day).ticks.isEmpty)
    }
}
