// The standard library's conversions end the process for NaN and for numbers beyond the range. Declared again here,
// they hide those in every file that imports Basics, and a build with warnings as errors refuses them. Tests convert
// their own numbers, so this is on where it is asked for:
//
//     swift build -c release -Xswiftc -DHFTML_CHECK_CONVERSIONS
//
// `Tests/ArchitectureTests` looks for the commonest forms at every run of the tests.
#if HFTML_CHECK_CONVERSIONS
    extension Int {
        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Double) { self.init(saturating: value) }

        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Float) { self.init(saturating: value) }
    }

    extension Int8 {
        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Double) { self.init(saturating: value) }

        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Float) { self.init(saturating: value) }
    }

    extension Int16 {
        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Double) { self.init(saturating: value) }

        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Float) { self.init(saturating: value) }
    }

    extension Int32 {
        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Double) { self.init(saturating: value) }

        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Float) { self.init(saturating: value) }
    }

    extension Int64 {
        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Double) { self.init(saturating: value) }

        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Float) { self.init(saturating: value) }
    }

    extension UInt {
        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Double) { self.init(saturating: value) }

        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Float) { self.init(saturating: value) }
    }

    extension UInt8 {
        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Double) { self.init(saturating: value) }

        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Float) { self.init(saturating: value) }
    }

    extension UInt16 {
        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Double) { self.init(saturating: value) }

        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Float) { self.init(saturating: value) }
    }

    extension UInt32 {
        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Double) { self.init(saturating: value) }

        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Float) { self.init(saturating: value) }
    }

    extension UInt64 {
        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Double) { self.init(saturating: value) }

        @available(*, deprecated, message: "ends the process beyond the range; use init(saturating:)")
        package init(_ value: Float) { self.init(saturating: value) }
    }
#endif
