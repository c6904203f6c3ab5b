import Basics

/// How large a picture is drawn.
///
/// A wide one is drawn twice, and the style sheet shows the drawing that fits: letters stay readable at 390 pixels.
package enum DrawingSize: Sendable {
    /// The width of the page, shown where the screen has it.
    case full
    /// In place of ``full`` where it has not.
    case narrow
    /// Half the width of the page, two beside each other.
    case half

    package var width: Double { self == .full ? 1040 : 520 }

    /// How wide a letter may be: on a narrow screen they are larger against the picture.
    var letter: Double { self == .full ? 6.8 : 9 }
    /// How wide a digit may be: wider than most letters in every usual font.
    var digit: Double { self == .full ? 7.7 : 10.6 }

    fileprivate var attribute: String {
        switch self {
        case .full: " class=\"full\""
        case .narrow: " class=\"narrow\""
        case .half: ""
        }
    }
}

/// Pictures as SVG that stands inside a page.
package enum Drawing {
    /// - Parameters:
    ///   - alternative: what the picture shows, for people who do not see it.
    ///   - body: SVG, its text escaped.
    package static func svg(_ size: DrawingSize, height: Double, alternative: String, _ body: String) -> String {
        let (w, h) = (number(size.width), number(height)), label = Escaping.html(alternative)
        return "<svg\(size.attribute) width=\"\(w)\" height=\"\(h)\" viewBox=\"0 0 \(w) \(h)\" role=\"img\" "
            + "aria-label=\"\(label)\">\(body)</svg>"
    }

    /// A picture of the page's width, in both sizes.
    package static func wide(_ draw: (DrawingSize) -> String) -> HTML { HTML(made: draw(.full) + draw(.narrow)) }

    /// A picture with what is said about it.
    package static func figure(_ picture: HTML, legend: HTML = .empty, caption: String? = nil) -> HTML {
        let words = caption.map { "<figcaption>\(Escaping.html($0))</figcaption>" } ?? ""
        return HTML(made: "<figure>\(legend.source)\(picture.source)\(words)</figure>")
    }

    /// Pictures beside each other where there is room.
    package static func row(_ pictures: [HTML]) -> HTML {
        HTML(made: "<div class=\"plots\">\(pictures.map(\.source).joined(separator: "\n"))</div>")
    }

    /// What each colour stands for.
    ///
    /// - Parameter entries: name, and a class of the style sheet such as `f0`.
    package static func legend(_ entries: [(name: String, style: String)], isDots: Bool = false) -> HTML {
        let items = entries.map {
            "<li><i class=\"\($0.style)\(isDots ? " dot" : "")\"></i>\(Escaping.html($0.name))</li>"
        }
        return HTML(made: "<ul class=\"legend\">\(items.joined())</ul>")
    }

    static func text(_ text: String, x: Double, y: Double, anchor: String = "start", style: String? = nil) -> String {
        let kind = style.map { " class=\"\($0)\"" } ?? ""
        let place = "x=\"\(number(x))\" y=\"\(number(y))\""
        return "<text\(kind) \(place) text-anchor=\"\(anchor)\">\(Escaping.html(text))</text>"
    }

    /// `M0,1L2,3`: a line through points of the picture.
    static func steps(_ points: [(Double, Double)]) -> String {
        points.enumerated().map { index, point in
            "\(index == 0 ? "M" : "L")\(number(point.0)),\(number(point.1))"
        }.joined()
    }

    /// A tenth of a unit is finer than a screen.
    static func number(_ value: Double) -> String {
        let tenths = (value * 10).rounded()
        guard tenths.isFinite, abs(tenths) < 1e15 else { return "0" }
        let whole = Int(saturating: tenths)
        return whole % 10 == 0 ? "\(whole / 10)" : "\(whole < 0 ? "-" : "")\(abs(whole) / 10).\(abs(whole) % 10)"
    }

    /// From blue (0, good) over grey to orange (1, bad); tells apart for the colour-blind too, on white and on black.
    static func color(_ badness: Double) -> String {
        let stops: [(Double, Double, Double)] = [(47, 127, 214), (150, 160, 170), (214, 112, 28)]
        let u = min(max(badness.isFinite ? badness : 1, 0), 1) * 2, k = min(Int(saturating: u), 1), f = u - Double(k)
        let (a, b) = (stops[k], stops[k + 1])
        func mix(_ x: Double, _ y: Double) -> String {
            let text = String(Int(saturating: (x + (y - x) * f).rounded()), radix: 16)
            return text.count == 1 ? "0" + text : text
        }
        return "#" + mix(a.0, b.0) + mix(a.1, b.1) + mix(a.2, b.2)
    }
}
