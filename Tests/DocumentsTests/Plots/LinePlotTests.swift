import Documents
import Testing

@Suite struct LinePlotTests {
    private static let series = [
        LinePlot.Series("A", [(1, 0.7), (2, 0.65), (3, .nan), (4, 0.61)]),
        LinePlot.Series("<B>", [(1, 0.72), (2, 0.71), (4, 0.7)]),
    ]

    @Test("a wide plot is drawn in two sizes, with a legend and what it shows in words")
    func wide() {
        let html = LinePlot(Self.series, x: "epoch", y: "loss", scale: .count).wide.source, markup = Markup(html)
        #expect(markup.problems == [], "\(markup.problems)")
        let pictures = markup.attributes("svg")
        #expect(pictures.count == 2)
        #expect(pictures[0].contains("class=\"full\"") && pictures[0].contains("viewBox=\"0 0 1040 280\""))
        #expect(pictures[1].contains("class=\"narrow\"") && pictures[1].contains("viewBox=\"0 0 520 280\""))
        for picture in pictures {
            #expect(picture.contains("role=\"img\""))
            #expect(
                picture.contains(
                    "aria-label=\"loss by epoch. A: from 0.7000 at 1 to 0.6100 at 4, between 0.6100 and 0.7000. "
                        + "&lt;B&gt;: from 0.7200 at 1"))
        }
        #expect(html.contains("<li><i class=\"f0\"></i>A</li><li><i class=\"f1\"></i>&lt;B&gt;</li>"))
        #expect(markup.count("circle") == 2 * 6 && !html.contains("nan"))
    }

    @Test("one line has no legend; none has no picture")
    func few() {
        #expect(!LinePlot([Self.series[0]], x: "epoch", y: "loss", scale: .count).half.source.contains("legend"))
        #expect(LinePlot([], x: "x", y: "y", scale: .number).wide == .empty)
        #expect(LinePlot([.init("A", [(1, .infinity)])], x: "x", y: "y", scale: .number).half == .empty)
    }

    @Test("a long line keeps its extremes and loses most of its points")
    func thinned() {
        let points = (0..<50_000).map { (Double($0), $0 == 31_234 ? 9.0 : 1.0) }
        let html = LinePlot([.init("A", points)], x: "x", y: "y", scale: .number).half.source
        #expect(html.utf8.count < 60_000)
        // The spike reaches the top of the plot area.
        let line = Markup(html).attributes("path").first { $0.contains("curve") } ?? ""
        let heights = line.split(separator: "L").compactMap {
            Double($0.split(separator: ",").last?.prefix { $0 != "\"" } ?? "")
        }
        #expect((heights.min() ?? 100) < 20 && (heights.max() ?? 0) > 180)
    }
}
