using Spectre.Console;

namespace Engine.Demo.Shell;

/// <summary>Where the demo writes: a terminal with colours and animation, or plain lines for a file, a pipe or a dumb terminal.</summary>
internal sealed class Terminal
{
    private const int PlainWidth = 80;

    // POSIX: the first of these that is set decides.
    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_CTYPE", "LANG"];

    private Terminal(IAnsiConsole console, bool live, ChartStyle style)
    {
        Console = console;
        Live = live;
        Style = style;
    }

    public IAnsiConsole Console { get; }

    /// <summary>Whether lines may be drawn over.</summary>
    public bool Live { get; }

    public ChartStyle Style { get; }

    public int Width => Console.Profile.Width;

    /// <summary>Looks at the process's output and environment (NO_COLOR, TERM, the locale).</summary>
    /// <param name="plain">Whether plain lines are wanted in any case.</param>
    public static Terminal Detect(bool plain)
    {
        bool live = !plain && !System.Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        bool colour = live && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        var settings = new AnsiConsoleSettings
        {
            Ansi = live ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = live ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(System.Console.Out),
        };
        IAnsiConsole console = AnsiConsole.Create(settings);
        if (!live) console.Profile.Width = PlainWidth;
        bool unicode = live && LocaleHasUnicode();
        console.Profile.Capabilities.Unicode = unicode;
        return new(console, live, new(unicode, colour));
    }

    /// <summary>A terminal for tests: plain lines into <paramref name="writer"/>.</summary>
    public static Terminal For(TextWriter writer)
    {
        var settings = new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        };
        IAnsiConsole console = AnsiConsole.Create(settings);
        console.Profile.Width = PlainWidth;
        console.Profile.Capabilities.Unicode = false;
        return new(console, live: false, new(Unicode: false, Colour: false));
    }

    /// <summary>Writes one line of markup. In a file it stays one line, whatever its length, so that it can be searched.</summary>
    public void Line(string markup = "")
    {
        if (Live) Console.MarkupLine(markup);
        else Console.Profile.Out.Writer.WriteLine(Markup.Remove(markup));
    }

    /// <summary>Writes a heading.</summary>
    public void Heading(string text)
    {
        Line();
        if (Live)
        {
            var rule = new Rule($"[bold]{Markup.Escape(text)}[/]") { Border = Style.Unicode ? BoxBorder.Square : BoxBorder.Ascii };
            Console.Write(rule.LeftJustified().RuleStyle("grey"));
        }
        else Line($"== {Markup.Escape(text)} ==");
    }

    // With none set, today's terminals do Unicode nevertheless.
    private static bool LocaleHasUnicode()
    {
        if (OperatingSystem.IsWindows()) return System.Console.OutputEncoding.CodePage == 65001;
        string? locale = LocaleVariables.Select(Environment.GetEnvironmentVariable).FirstOrDefault(value => !string.IsNullOrEmpty(value));
        return locale is null
            || locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase)
            || locale.Contains("UTF8", StringComparison.OrdinalIgnoreCase);
    }
}
