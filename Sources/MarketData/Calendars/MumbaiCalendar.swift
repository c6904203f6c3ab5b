import Basics

extension MarketCalendar {
    /// Shares in Mumbai. The hour of trading at Diwali is there where its time is known.
    static let mumbai = MarketCalendar(
        "XNSE", "National Stock Exchange of India, 09:15 to 15:30, from a table to the end of 2026",
        zone: "Asia/Kolkata", first: MumbaiCalendar.first, last: MumbaiCalendar.last
    ) {
        MumbaiCalendar.diwali[$0] ?? MumbaiCalendar.hours($0)
    }

    /// Shares in Mumbai, without the hour at Diwali.
    static let bombay = MarketCalendar(
        "XBOM", "BSE (Bombay), 09:15 to 15:30, from a table to the end of 2026", zone: "Asia/Kolkata",
        first: MumbaiCalendar.first, last: MumbaiCalendar.last, hours: MumbaiCalendar.hours)
}

/// Trading days of India, which follow several lunar calendars and are announced a year ahead.
enum MumbaiCalendar {
    static let first = CivilDate(year: 2006, month: 12, day: 1)
    static let last = CivilDate(year: 2026, month: 12, day: 31)

    static func hours(_ date: CivilDate) -> DayHours? {
        date.weekday < 5 && !holidays.contains(date) ? regular : nil
    }

    private static let regular = DayHours([SessionHours((9, 15), (15, 30))])

    /// Sessions of one hour on days that are holidays otherwise.
    static let diwali: [CivilDate: DayHours] = [
        CivilDate(year: 2024, month: 11, day: 1): DayHours([SessionHours((18, 0), (19, 0))], isShort: true),
        CivilDate(year: 2025, month: 10, day: 21): DayHours([SessionHours((13, 45), (14, 45))], isShort: true),
    ]

    private static let holidays = HolidayTable(
        """
        2006 1225
        2007 0101 0126 0130 0216 0327 0406 0501-0502 0815 1002 1221 1225
        2008 0306 0320-0321 0414 0418 0501 0519 0815 0903 1002 1009 1030 1113 1127 1209 1225
        2009 0108 0126 0223 0310-0311 0403 0407 0410 0414 0430-0501 0921 0928 1002 1013 1019 1102 1225-1228
        2010 0101 0126 0212 0301 0324 0402 0414 0910 1117 1217
        2011 0126 0302 0412 0414 0422 0815 0831-0901 1006 1027 1107 1110 1206
        2012 0126 0220 0308 0405-0406 0501 0815 0820 0919 1002 1024 1114 1128 1225
        2013 0327 0329 0419 0424 0501 0809 0815 0909 1002 1016 1104 1114 1225
        2014 0227 0317 0408 0414 0418 0424 0501 0729 0815 0829 1002-1006 1015 1023-1024 1104 1106 1225
        2015 0126 0217 0306 0402-0403 0414 0501 0917 0925 1002 1022 1111-1112 1125 1225
        2016 0126 0307 0324-0325 0414-0415 0419 0706 0815 0905 0913 1011-1012 1031 1114
        2017 0126 0224 0313 0404 0414 0501 0626 0815 0825 1002 1019-1020 1225
        2018 0126 0213 0302 0329-0330 0501 0815 0822 0913 0920 1002 1018 1107-1108 1123 1225
        2019 0304 0321 0417 0419 0429 0501 0605 0812 0815 0902 0910 1002 1008 1021 1028 1112 1225
        2020 0221 0310 0402 0406 0410 0414 0501 0525 1002 1116 1130 1225
        2021 0126 0311 0329 0402 0414 0421 0513 0721 0819 0910 1015 1104-1105 1119
        2022 0126 0301 0318 0414-0415 0503 0809 0815 0831 1005 1024 1026 1108
        2023 0126 0307 0330 0404 0407 0414 0501 0629 0815 0919 1002 1024 1114 1127 1225
        2024 0122 0126 0308 0325 0329 0411 0417 0501 0520 0617 0717 0815 1002 1101 1115 1120 1225
        2025 0226 0314 0331 0410 0414 0418 0501 0815 0827 1002 1021-1022 1105 1225
        2026 0115 0126 0303 0326 0331 0403 0414 0501 0528 0626 0914 1002 1020 1110 1124 1225
        """)
}
