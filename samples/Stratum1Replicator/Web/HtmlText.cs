using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;

namespace Stratum1Replicator.Web;

/// <summary>Builds HTML. What is written in braces of an interpolated text is escaped, always; only the text around it is markup.</summary>
internal sealed class HtmlText
{
    private readonly StringBuilder _text = new();

    public HtmlText Add([InterpolatedStringHandlerArgument("")] ref Markup markup)
    {
        _ = markup; // has written itself
        return this;
    }

    public override string ToString() => _text.ToString();

    [InterpolatedStringHandler]
    public readonly ref struct Markup
    {
        private readonly StringBuilder _text;

        public Markup(int literalLength, int formattedCount, HtmlText html)
        {
            _ = formattedCount;
            _text = html._text;
            _text.EnsureCapacity(_text.Length + literalLength);
        }

        public void AppendLiteral(string markup) => _text.Append(markup);

        public void AppendFormatted(string? value) => _text.Append(HtmlEncoder.Default.Encode(value ?? ""));

        public void AppendFormatted<T>(T value, string? format = null) where T : IFormattable
            => AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));
    }
}
