import { createTheme, defaultVariantColorsResolver, type MantineColorsTuple } from '@mantine/core'

const petrol: MantineColorsTuple = [
  '#eaf4f6',
  '#dbebee',
  '#b4d5db',
  '#86cbda',
  '#64b7ca',
  '#2f8ea3',
  '#0b6275',
  '#084f5f',
  '#063e4b',
  '#042d37',
]

/** Mantine supplies behaviour (focus traps, menus, tabs); looks come from the tokens in ./tokens. */
export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: { light: 6, dark: 4 },
  // Filled controls take their pair of colours from the tokens, which keep 4.5:1 in both schemes.
  variantColorResolver: (input) => {
    if (input.variant !== 'filled') return defaultVariantColorsResolver(input)
    const danger = input.color === 'red'
    return {
      background: danger ? 'var(--bad)' : 'var(--accent)',
      hover: danger ? 'var(--bad)' : 'var(--accent-hover)',
      color: danger ? 'var(--surface)' : 'var(--accent-ink)',
      border: '1px solid transparent',
    }
  },
  colors: { petrol },
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '0.78rem', sm: '0.875rem', md: '0.94rem' },
  defaultRadius: 'sm',
  radius: { sm: '6px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
})
