using System.Text;

namespace Cvmfs.Net.Monitoring.StatusPage.Rendering;

/// <summary>Builds HTML that is well-formed XML as well; whatever is given as text or attribute is escaped. Not thread-safe.</summary>
internal sealed class HtmlText
{
    private readonly StringBuilder _text = new();
    private readonly Stack<string> _open = new();

    public HtmlText Open(string element, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Tag(element, attributes);
        _text.Append('>');
        _open.Push(element);
        return this;
    }

    public HtmlText Close()
    {
        _text.Append("</").Append(_open.Pop()).Append('>');
        return this;
    }

    /// <summary>Closes and begins a new line, for people who read the source.</summary>
    public HtmlText CloseLine()
    {
        Close();
        _text.Append('\n');
        return this;
    }

    public HtmlText Text(string? text)
    {
        Escape(text ?? "");
        return this;
    }

    /// <summary>An element with nothing but text.</summary>
    public HtmlText Element(string element, string? text, params ReadOnlySpan<(string Name, string? Value)> attributes) => Open(element, attributes).Text(text).Close();

    /// <summary>An element without content that SVG or HTML closes by itself.</summary>
    public HtmlText Empty(string element, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Tag(element, attributes);
        _text.Append("/>");
        return this;
    }

    /// <summary>The HTML so far.</summary>
    public override string ToString() => _open.Count == 0 ? _text.ToString() : throw new InvalidOperationException($"<{_open.Peek()}> is still open.");

    private void Tag(string element, ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        _text.Append('<').Append(element);
        foreach (var (name, value) in attributes)
        {
            if (value is null) continue;
            _text.Append(' ').Append(name).Append("=\"");
            Escape(value);
            _text.Append('"');
        }
    }

    private void Escape(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '&':
                    _text.Append("&amp;");
                    break;
                case '<':
                    _text.Append("&lt;");
                    break;
                case '>':
                    _text.Append("&gt;");
                    break;
                case '"':
                    _text.Append("&quot;");
                    break;
                case '\'':
                    _text.Append("&#39;");
                    break;
                case '\n' or '\t':
                    _text.Append(rune);
                    break;
                // Characters that XML cannot carry, and those that turn the direction of what follows.
                case < ' ' or (>= 0x7f and <= 0x9f) or (>= 0x202a and <= 0x202e) or (>= 0x2066 and <= 0x2069) or 0xfffe or 0xffff:
                    _text.Append('\ufffd');
                    break;
                default:
                    _text.Append(rune);
                    break;
            }
        }
    }
}
