import { type Message, messagesToJson, messagesToXml, type Recognition } from '@contor/inspect'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useFormat } from '../../format/format.ts'
import { HexView } from '../../trace/HexView.tsx'
import { MeaningTree } from '../../trace/MeaningTree.tsx'
import traceCss from '../../trace/Trace.module.css'
import { layerOf, nodeAt, pathAtByte, toBytes } from '../../trace/treeModel.ts'
import { Tabs } from '../../ui/Tabs.tsx'
import css from './DecodePage.module.css'
import { StatusMark } from './StatusMark.tsx'

type Props = { result: Recognition; frames: readonly string[] }
type View = 'tree' | 'xml' | 'json'

/** What was recognised, then the octets beside their meaning. */
export function ResultView({ result, frames, messages }: Props & { messages: () => readonly Message[] }) {
  const { t } = useTranslation()
  const f = useFormat()
  const [, second] = result.candidates
  const [view, setView] = useState<View>('tree')
  const hidden = useMemo(() => JSON.stringify(result.tree).includes('xx'), [result.tree])
  // The tree keeps its own state of what is open: another frame begins anew.
  const identity = `${result.protocol} ${frames.join('.')} ${result.ok}`
  return (
    <>
      <p className={css.verdict} role="status">
        <StatusMark ok={result.ok} />
        <strong>{t(`decode.protocols.${result.protocol}`, result.protocol)}</strong>
        <span className="muted">{t('trace.byteCount', { n: f.number(result.tree.length) })}</span>
        {second && !result.ok && (
          <span className="muted">
            {t('decode.runnerUp', { name: t(`decode.protocols.${second.protocol}`, second.protocol) })}
          </span>
        )}
      </p>
      {hidden && <p className="muted small">{t('decode.hidden')}</p>}
      {result.error && (
        <p className={css.bad}>
          {t('decode.stopped', { offset: f.number(result.error.offset), message: result.error.message })}
        </p>
      )}
      <Tabs
        label={t('decode.views')}
        value={view}
        onChange={setView}
        items={[
          { key: 'tree', word: t('decode.tree') },
          { key: 'xml', word: t('decode.xml') },
          { key: 'json', word: t('decode.json') },
        ]}
      />
      <div role="tabpanel" id={`panel-${view}`} aria-labelledby={`tab-${view}`}>
        {view === 'tree' ? (
          <Panes key={identity} result={result} frames={frames} />
        ) : (
          <Documents view={view} messages={messages} />
        )}
      </div>
    </>
  )
}

/** The messages in the form of the usual traces; what is secret in them is left out. */
function Documents({ view, messages }: { view: 'xml' | 'json'; messages: () => readonly Message[] }) {
  const { t } = useTranslation()
  const text = useMemo(() => {
    const found = messages()
    return view === 'xml' ? messagesToXml(found) : messagesToJson(found)
  }, [view, messages])
  if (text === '') return <p className="muted">{t('decode.noMessages')}</p>
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <pre className={css.text} tabIndex={0}>
      {text}
    </pre>
  )
}

function Panes({ result, frames }: Props) {
  const { t } = useTranslation()
  const f = useFormat()
  const { tree } = result
  const about = useMemo(
    () => ({
      decoded: tree,
      frames: frames.map((hex) => ({ direction: 'received' as const, at: '', hex })),
    }),
    [tree, frames],
  )
  const [active, setActive] = useState(frames.length === 1 ? '0' : '0.0')
  const layer = useMemo(() => layerOf(about, active), [about, active])
  const bytes = layer?.bytes ?? toBytes(frames[0] ?? '')
  const name =
    layer && !layer.frame && layer.name !== 'message'
      ? t(`trace.layers.${layer.name}`, layer.name)
      : t('decode.bytes')
  return (
    <div className={`${traceCss.panes} ${css.panes}`}>
      <section aria-label={t('decode.bytes')} className={traceCss.pane}>
        <h2>
          {name} <span className="muted">{t('trace.byteCount', { n: f.number(bytes.length) })}</span>
        </h2>
        <HexView
          key={layer?.path}
          bytes={bytes}
          active={nodeAt(tree, active)}
          focus={undefined}
          onOver={(offset) => {
            const path = layer && pathAtByte(tree, layer.path, offset)
            if (path) setActive(path)
          }}
        />
      </section>
      <section aria-label={t('trace.meaning')} className={traceCss.pane}>
        <h2>{t('trace.meaning')}</h2>
        <MeaningTree root={tree} focus={undefined} active={active} onOver={setActive} />
      </section>
    </div>
  )
}
